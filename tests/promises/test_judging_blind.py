"""A sitting is blind, its keys do what they say, and what it made is measured on elsewhere too."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline import evaluating, judging, wiring
from pipeline.adapters.store.judgments import StoredJudgments
from tests.conftest import NOW, ROOT, Site

JUDGED = ROOT / "tests" / "data" / "judged"
SLUGS = ("token", "foundation-model", "transformer")
ADDRESS = re.compile(r"^https://\S+$", re.MULTILINE)
PROMPT = re.compile(r"^(?:> )*\[(\d+)/(\d+)\] (.*)$", re.MULTILINE)


def shown(output: str) -> list[str]:
    """Addresses in the order they were shown."""
    return ADDRESS.findall(output)


@pytest.fixture
def pairs(ran: Site) -> list[judging.Pair]:
    """What a sitting over three concepts would show."""
    site = wiring.site(ran.folder)
    with wiring.database(site) as database:
        return list(judging.sitting(site, StoredJudgments(database), SLUGS, 4).pairs)


def test_every_key_does_what_the_line_above_the_cursor_says(ran: Site):
    done = ran.call("judge", "token", "--now", NOW, said="2\nm\n0\nx\n1\ns\nq\n")
    prompts = [(int(number), said) for number, _, said in PROMPT.findall(done.stdout)]
    assert [number for number, _ in prompts] == [1, 2, 2, 3, 3, 4, 5]  # m and an unknown key ask for the same pair again
    assert len({said for _, said in prompts}) == 1
    addresses = shown(done.stdout)
    assert addresses[1] == addresses[2]
    short, long = done.stdout.split(addresses[1])[1:3]
    assert len(long.split("\n[")[0]) > len(short.split("\n[")[0])
    first, second, third = addresses[0], addresses[1], addresses[3]
    kept = "SELECT canonical_url, grade, at FROM judgment JOIN article USING (identity) WHERE concept_slug = 'token'"
    at = "2026-08-31T20:00:00Z"
    assert sorted(ran.rows(kept)) == sorted([(first, 2, at), (second, 0, at), (third, 1, at)])
    assert "3 judged of" in done.stdout


def test_the_next_sitting_shows_every_pair_but_the_judged_ones(ran: Site):
    first = ran.call("judge", "token", "--now", NOW, said="s\n" * 99)
    everything = shown(first.stdout)
    assert len(everything) == len(set(everything)) > 5
    ran.call("judge", "token", "--now", NOW, said="2\ns\n0\nq\n")
    again = ran.call("judge", "token", "--now", NOW, said="s\n" * 99)
    assert shown(again.stdout) == [url for number, url in enumerate(everything) if number not in {0, 2}]
    assert f"0 judged of {len(everything) - 2} to be judged" in again.stdout


def test_when_all_is_judged_nothing_is_shown(ran: Site):
    ran.call("judge", "token", "--depth", "1", "--now", NOW, said="0\n" * 99)
    done = ran.call("judge", "token", "--depth", "1", "--now", NOW)
    assert shown(done.stdout) == []
    assert "Everything is judged already" in done.stdout


def test_input_that_is_no_text_or_ends_within_a_line_loses_no_grade(ran: Site):
    done = ran.call("judge", "token", "--now", NOW, said="\x00\nÿ\n 2 \n0")
    assert "2 judged of" in done.stdout
    assert sorted(ran.rows("SELECT grade FROM judgment")) == [(0,), (2,)]


def test_a_pair_knows_neither_rank_nor_ranker_nor_score(pairs: list[judging.Pair]):
    assert {one.name for one in fields(judging.Pair)} == {"concept", "article", "number", "of"}
    assert [pair.number for pair in pairs] == list(range(1, len(pairs) + 1))
    assert {pair.of for pair in pairs} == {len(pairs)}


def test_the_words_shown_are_the_concept_the_article_and_the_keys_and_no_more(ran: Site, pairs: list[judging.Pair]):
    done = ran.call("judge", *SLUGS, "--depth", "4", "--now", NOW, said="s\n" * 99)
    left = " ".join(done.stdout.split())
    for pair in pairs:
        head = f"{pair.concept.name.upper()} {pair.concept.definition} {pair.article.title} {pair.article.name} "
        place = left.index(" ".join(head.split()))
        prompt = left.index(f"[{pair.number}/{pair.of}]", place)
        shown_text = left[place + len(" ".join(head.split())) : prompt].strip().removesuffix("…").strip()
        unbroken = re.sub(r"\s", "", pair.article.text)
        assert unbroken.startswith(re.sub(r"\s", "", shown_text))
        left = left[:place] + left[prompt:]
    keys = {said for _, _, said in PROMPT.findall(done.stdout)}
    assert len(keys) == 1
    rest = re.sub(r"\[\d+/\d+\] ", "", left).replace(" ".join(keys.pop().split()), "")
    assert set(rest.split()) <= {">", *f"0 judged of {len(pairs)} to be judged. Next: conceptwire eval".split()}


def test_the_order_of_a_concepts_pairs_follows_no_ranker(ran: Site, pairs: list[judging.Pair]):
    site = wiring.site(ran.folder)
    with wiring.database(site) as database:
        pool = evaluating.Judged(site.glossary, list(StoredJudgments(database).texts()), ())
    rows = {article.name: row for row, article in enumerate(pool.articles)}
    columns = {concept.slug: column for column, concept in enumerate(site.glossary.concepts)}
    ours = evaluating.score(pool, site.parameters, "full", wiring.background("en")).relevance
    tables = [ours, *(evaluating.plain(pool, ranker, "full") for ranker in ("tfidf", "names", "whole"))]
    for slug in SLUGS:
        mine = [rows[pair.article.name] for pair in pairs if pair.concept.slug == slug]
        assert len(mine) > 4  # the best of one ranker, and what others found beside them
        for table in tables:
            best = sorted(range(len(table)), key=lambda row: (-table[row, columns[slug]], row))[:4]
            assert {row for row in best if table[row, columns[slug]] > 0} <= set(mine)
            scores = [float(table[row, columns[slug]]) for row in mine]
            assert scores != sorted(scores, reverse=True)
            assert scores != sorted(scores)


def test_concepts_come_in_the_order_they_were_asked_for_by_any_of_their_names(ran: Site):
    done = ran.call("judge", "Transformer", "TOKEN", "--depth", "1", "--now", NOW, said="s\n" * 99)
    headings = [line for line in done.stdout.splitlines() if line in {"TOKEN", "TRANSFORMER"}]
    assert headings == sorted(headings, reverse=True)
    assert set(headings) == {"TOKEN", "TRANSFORMER"}
    wrong = ran.call("judge", "tokem", check=False)
    assert (wrong.returncode, "is no concept of this glossary" in wrong.stderr) == (2, True)


def test_what_was_exported_is_read_as_qrels_and_measures_the_same(ran: Site, tmp_path: Path):
    path = tmp_path / "mine.tsv"
    ran.call("judge", *SLUGS, "--depth", "4", "--now", NOW, said="2\n0\n1\n" * 9)
    ran.call("judge", "--export", str(path))
    files = ["--glossary", str(JUDGED / "glossary.jsonl"), "--articles", str(JUDGED / "articles.jsonl.gz")]
    elsewhere = json.loads(ran.call("eval", *files, "--qrels", str(path), "--json").stdout)
    here = json.loads(ran.call("eval", "--json").stdout)
    for figure in ("pairs", "relevant"):
        assert elsewhere[figure] == here[figure] > 0
    assert {slug: one["pairs"] for slug, one in elsewhere["per_concept"].items()} == {
        slug: one["pairs"] for slug, one in here["per_concept"].items()
    }


def test_a_judgment_outlives_runs_and_concepts_that_come_back(ran: Site):
    ran.call("judge", "chatbot", "--now", NOW, said="2\n0\nq\n")
    before = ran.rows("SELECT * FROM judgment")
    page = ran.folder / "concepts" / "chatbot.md"  # no other page names it as related
    words = page.read_text()
    page.unlink()
    ran.run()
    assert ran.call("eval", check=False).returncode == 2  # no concept that was judged is left
    page.write_text(words)
    ran.run()
    assert ran.rows("SELECT * FROM judgment") == before
    assert json.loads(ran.call("eval", "--json").stdout)["pairs"] == 2
