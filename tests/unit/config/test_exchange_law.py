"""A law: what conceptwire writes of a glossary, in any form, it reads as the same glossary."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config import loading
from config.exchange import read, write
from config.exchange_drafts import Draft, joined, line, prose, slugged, split, unique
from config.exchange_folder import markdown, put
from config.glossary import glossary, is_slug
from models.concept import Concept, Glossary

FORMS = {"turtle": "g.ttl", "xml": "g.rdf", "json-ld": "g.jsonld", "csv": "g.csv", "json": "g.json"}
DAY = date(2026, 8, 31)
HARD = st.sampled_from(
    ["## x", "##\ty", "---", "a: b", "'", '"', '"""', "\\", "\\n", "|", ";", ",", "<b>", "]]>", "&amp;", "# x", "- a", "{a}",
     "yes", "2", "2026-05-17", "null", "é", "\u2028", "\x85", "\ufeff", "😀", "=1+1", "@prefix", "\t", "\r", "\x07", "\ud800", "~"]
)  # fmt: skip
TEXTS = st.lists(HARD | st.text(max_size=8), max_size=5).flatmap(
    lambda parts: st.sampled_from(["", " ", "\n", "\n\n"]).map(lambda by: by.join(parts))
)
SLUGS = ("a", "a-b", "b2", "2026", "null")


@st.composite
def glossaries(draw: st.DrawFn) -> Glossary:
    """Any glossary that can be read from files."""
    slugs = draw(st.lists(st.sampled_from(SLUGS), min_size=1, unique=True))
    made, seen = [], set()
    for number, slug in enumerate(sorted(slugs)):
        name = line(draw(TEXTS)) or slug
        name = name if name.casefold() not in seen else f"{name} {number}."
        seen.add(name.casefold())
        wanted = unique(tuple(draw(st.lists(TEXTS, max_size=3))))
        aliases = tuple(alias for alias in wanted if alias != name and alias.casefold() not in seen)
        seen.update(alias.casefold() for alias in aliases)
        others = [other for other in slugs if other != slug]
        made.append(
            Concept(
                slug,
                name,
                line(draw(TEXTS)) or "It.",
                draw(st.dates(date(1900, 1, 1), date(2200, 1, 1))),
                aliases,
                *(prose(draw(TEXTS)) for _ in range(4)),
                related=tuple(draw(st.lists(st.sampled_from(others), unique=True))) if others else (),
                was=tuple(f"{slug}-was-{n}" for n in draw(st.permutations([1, 2]))) if draw(st.booleans()) else (),
            )
        )
    names = [one.name.casefold() for one in made]  # a later name may have been an earlier alias
    made = [replace(one, aliases=tuple(a for a in one.aliases if a.casefold() not in names)) for one in made]
    return Glossary(tuple(made), "", draw(st.sampled_from(["en", "de", "zh"])))


@given(made=glossaries(), form=st.sampled_from(sorted(FORMS)))
@settings(max_examples=40)
def test_every_form_comes_back_the_same(made: Glossary, form: str):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FORMS[form]
        path.write_text(write(made, form), "utf-8")
        found = read(path, "", made.language)
        done = put(Path(folder), found.drafts, DAY, made.language)
        assert (done.left_out, done.dropped, found.unread) == ((), (), ())
        assert glossary(Path(folder), made.language).by_slug == made.by_slug
        again = put(Path(folder), found.drafts, DAY, made.language, update=True)
        assert set(again.unchanged) == set(made.by_slug)


WORDS = st.sampled_from(["a", "A", "b", "a-b", "A B", "c"])
LISTS = st.none() | st.lists(WORDS, max_size=3, unique=True).map(tuple)
DRAFTS = st.lists(
    st.builds(
        Draft, st.just("line 2"), st.just("") | WORDS, st.sampled_from(["", "It."]), st.sampled_from(["", "a", "b", "a-b"]), WORDS,
        LISTS, LISTS, LISTS,
    ),
    max_size=4,
)  # fmt: skip


@given(st.lists(st.tuples(DRAFTS, st.booleans()), min_size=1, max_size=3))
@settings(max_examples=60)
def test_whatever_is_imported_the_folder_can_be_read_and_the_same_again_adds_nothing(imports):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for drafts, update in imports:
            dry = put(folder, drafts, DAY, "en", update=update, dry_run=True)
            done = put(folder, drafts, DAY, "en", update=update)
            assert done == dry
            there = set(glossary(folder, "en").by_slug) if (folder / "concepts").exists() else set()
            assert {*done.added, *done.updated, *done.unchanged, *done.differ} <= there
            assert put(folder, drafts, DAY, "en").added == ()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_shipped_glossary_comes_back_the_same(tmp_path, form):
    shipped = glossary(loading.SHIPPED, "en")
    path = tmp_path / FORMS[form]
    path.write_text(write(shipped, form), "utf-8")
    put(tmp_path, read(path, "", "en").drafts, DAY, "en")
    assert glossary(tmp_path, "en").concepts == shipped.concepts
    assert write(glossary(tmp_path, "en"), form) == path.read_text("utf-8")


@given(st.lists(TEXTS.map(line).filter(bool)).map(tuple))
def test_a_list_in_a_cell_is_the_list(texts):
    assert split(joined(texts)) == (texts or ("",))


@given(TEXTS | st.text())
@example("Ærøskøbing & Łódź")
@example("机器学习")
@example("x-" * 150)
def test_every_text_gives_a_slug_that_stays(text):
    assert is_slug(slugged(line(text)))
    assert slugged(slugged(line(text))) == slugged(line(text))


def test_a_file_is_written_as_a_person_would():
    made = Concept("gpu", 'GPU: "the chip"', "It's a processor.", DAY, ("GPUs", "yes"), "Body.", "Like.", "", "So.", ("token",))
    assert markdown(made) == (
        "---\nname: 'GPU: \"the chip\"'\naliases: [GPUs, 'yes']\ndefinition: It's a processor.\nadded: 2026-08-31\n"
        "related: [token]\n---\nBody.\n\n## Analogy\n\nLike.\n\n## Why it matters\n\nSo.\n"
    )
