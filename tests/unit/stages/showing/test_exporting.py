"""exporting: every concept has its files, the index names them all, and the same values give the same bytes."""

import json
from dataclasses import replace

from pipeline.stages.showing.exporting import exported
from tests.unit.stages.showing.boxes import KNOWN, UNKNOWN, box, concept, link, moment, published, related

PAGES = (
    box(about=concept("fine-tuning", name="Fine-tuning", link_count=0, newest_link_at=None)),
    box(link(1), link(2), near=(related(),)),
)
PUBLISHED = published(*PAGES, renamed={"base-model": "foundation-model", "old-tuning": "fine-tuning"}, newest=moment(30))


def files(value=PUBLISHED, address=KNOWN):
    documents = list(exported(value, address))
    found = {document.path: document.content for document in documents}
    assert len(found) == len(documents)
    return found


def index(value=PUBLISHED, address=KNOWN):
    return json.loads(files(value, address)["index.json"])


def test_every_concept_has_its_files_and_the_index_comes_last():
    names = ("news.json", "news.atom", "news.html", "concept.jsonld")
    expected = [f"{slug}/{name}" for slug in ("fine-tuning", "foundation-model") for name in names]
    expected += ["base-model/redirect.json", "old-tuning/redirect.json", "ages.js", "glossary.jsonld", "index.json"]
    assert list(files()) == expected


def test_the_index_lists_the_glossary():
    read = index()
    assert (read["contract_version"], read["glossary_digest"], read["language"]) == (1, "9f3c", "en")
    assert read["newest_article_at"] == "2026-08-30T09:00:00Z"
    tuning, model = read["concepts"]
    assert model == {
        "slug": "foundation-model",
        "name": "Foundation Model",
        "aliases": ["foundation models", "base model"],
        "definition": "A large model trained once on broad data.",
        "added_on": "2026-05-17",
        "minutes_to_read": 2,
        "link_count": 12,
        "newest_link_at": "2026-08-29T09:00:00Z",
        "files": {
            "feed": "foundation-model/news.json",
            "atom": "foundation-model/news.atom",
            "html": "foundation-model/news.html",
            "jsonld": "foundation-model/concept.jsonld",
        },
        "related": ["fine-tuning"],
    }
    assert (tuning["newest_link_at"], tuning["related"]) == (None, [])
    assert set(files()).issuperset(name for one in read["concepts"] for name in one["files"].values())


def test_former_addresses_lead_to_present_ones_and_to_nothing_else():
    assert json.loads(files()["base-model/redirect.json"]) == {"moved_to": "foundation-model"}
    assert index()["redirects"] == {"base-model": "foundation-model", "old-tuning": "fine-tuning"}
    # A former name that another concept has taken, and a concept that is gone.
    odd = replace(PUBLISHED, renamed={"fine-tuning": "foundation-model", "lost": "nowhere"})
    assert index(odd)["redirects"] == {}
    assert not [path for path in files(odd) if path.endswith("redirect.json")]


def test_nothing_depends_on_when_it_was_written_or_last_fetched():
    later = replace(PUBLISHED, status=replace(PUBLISHED.status, last_successful_run_at=moment(31), last_change=9999, epoch=8))
    assert files(later) == files()
    assert files(replace(PUBLISHED, renamed=dict(reversed(PUBLISHED.renamed.items())))) == files()


def test_every_file_is_utf8_and_ends_with_a_line():
    for address in (KNOWN, UNKNOWN):
        for path, content in files(address=address).items():
            assert content.decode().endswith("\n"), path
            assert not content.endswith(b"\n\n"), path


def test_an_empty_glossary_has_an_index():
    read = index(published(), UNKNOWN)
    assert (read["concepts"], read["redirects"], read["newest_article_at"]) == ([], {}, None)
