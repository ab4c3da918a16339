"""Evaluation: an epoch over the given articles, their relevance to the judged concepts, and the metrics."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.article import TextFrom
from models.concept import Glossary
from models.errors import UsageError
from models.judgment import Guess, Judgment, Text
from models.parameters import Parameters

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LOWER_IS_BETTER = {"ece"}


@dataclass(frozen=True)
class Judged:
    """What is evaluated on."""

    glossary: Glossary
    articles: Sequence[Text]
    judgments: Sequence[Judgment]


def read(glossary: Path, articles: Path, qrels: Path, language: str) -> Judged:
    """The three files. Raises UsageError for a line that is wrong, or judgments of what is not there."""
    from pipeline.adapters import judged

    found = Judged(judged.glossary(glossary, language), judged.articles(articles), judged.judgments(qrels))
    names = {article.name for article in found.articles}
    for judgment in found.judgments:
        if judgment.concept_slug not in found.glossary.by_slug:
            raise UsageError(str(qrels), f"{judgment.concept_slug!r} is no concept of {glossary}", "the slugs of the glossary")
        if judgment.article not in names:
            raise UsageError(str(qrels), f"{judgment.article!r} is no article of {articles}", "the ids of the articles")
    return found


def guesses(judged: Judged, parameters: Parameters, text: str) -> list[Guess]:
    """The relevance of every judged pair. `text` "summary" sees the headline and two sentences only."""
    from pipeline.stages import features
    from pipeline.stages.relevance import epochs
    from pipeline.stages.relevance.scoring import Scorer

    language = judged.glossary.language
    whole = [features.count(one.title, one.text, "page", language=language) for one in judged.articles]
    scorer = Scorer(judged.glossary, parameters, epochs.make(1, judged.glossary, parameters, whole))
    seen, said_by = whole, "page"
    if text == "summary":
        seen = [features.count(one.title, _summary(one.text), "summary", language=language) for one in judged.articles]
        said_by = "summary"
    vectors = scorer.vectors(seen)
    kinds: list[TextFrom] = [said_by] * len(seen)  # type: ignore[list-item]
    relevance = scorer.relevance(scorer.similarities(vectors), scorer.mentions(seen), kinds)
    rows = {article.name: row for row, article in enumerate(judged.articles)}
    return [
        Guess(one, float(relevance[rows[one.article], scorer.rows[one.concept_slug]]), judged.articles[rows[one.article]].title)
        for one in judged.judgments
    ]


def _summary(text: str) -> str:
    """What a feed gives where its pages refuse clients: two sentences, at most 300 characters."""
    return " ".join(_SENTENCE.split(text)[:2])[:300]


def errors(found: Sequence[Guess], cut: float, most: int) -> dict[str, list[dict[str, Any]]]:
    """The worst single errors: links an editor would strike out, and good ones far below the cut."""
    wrong = sorted((g for g in found if g.judgment.grade == 0 and g.relevance >= cut), key=lambda g: -g.relevance)
    missed = sorted((g for g in found if g.judgment.grade == 2 and g.relevance < cut), key=lambda g: g.relevance)

    def shown(some: Sequence[Guess]) -> list[dict[str, Any]]:
        return [
            {"concept": g.judgment.concept_slug, "article": g.judgment.article, "title": g.title, "relevance": g.relevance}
            for g in some[:most]
        ]

    return {"wrong": shown(wrong), "missed": shown(missed)}


def at_cut(found: Sequence[Guess], cut: float) -> dict[str, float]:
    """Precision and recall of the links that the cut lets through."""
    kept = [guess for guess in found if guess.relevance >= cut]
    right = sum(guess.judgment.grade > 0 for guess in kept)
    relevant = sum(guess.judgment.grade > 0 for guess in found)
    return {"cut": cut, "links": len(kept), "precision": right / len(kept) if kept else 1.0, "recall": right / max(1, relevant)}


def fallen(metrics: dict[str, Any], baseline: Path) -> list[str]:
    """The metrics under the baseline's floors, in words; [] where none is. Raises UsageError for other data."""
    try:
        stored = tomllib.loads(baseline.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(str(baseline), f"cannot be read ({error})", "conceptwire eval ... --write-baseline FILE") from None
    if stored.get("pairs") != metrics["pairs"] or stored.get("data") != metrics["data"]:
        raise UsageError(str(baseline), "was measured on other data", "conceptwire eval ... --write-baseline FILE")
    noise = stored["noise"]
    found = []
    for name, floor in stored["floors"].items():
        worse = metrics[name] - floor if name in _LOWER_IS_BETTER else floor - metrics[name]
        if worse > noise:
            found.append(f"{name} is {metrics[name]:.3f}, the baseline {floor:.3f} (noise {noise})")
    return found


def baseline_of(metrics: dict[str, Any], noise: float) -> str:
    """The baseline file's text."""
    from pipeline.stages.relevance.measuring import MEANS, POOLED

    floors = "\n".join(f'"{name}" = {metrics[name]:.4f}' for name in (*MEANS, *POOLED))
    head = "# By conceptwire eval --write-baseline. .ci/run fails where a figure falls under its floor by more than the noise."
    return f'{head}\npairs = {metrics["pairs"]}\ndata = "{metrics["data"]}"\nnoise = {noise}\n\n[floors]\n{floors}\n'


def digest(*paths: Path) -> str:
    """A name for the data, so that a baseline is not held against other data."""
    from hashlib import blake2b

    made = blake2b(digest_size=8)
    for path in paths:
        made.update(path.read_bytes())
    return made.hexdigest()
