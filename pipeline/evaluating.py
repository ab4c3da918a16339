"""Evaluation: an epoch over the given articles, their relevance to the judged concepts, and the metrics."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.article import Features
from models.background import NONE, Background
from models.concept import Glossary
from models.errors import UsageError
from models.judgment import Guess, Judgment, Text
from models.parameters import Parameters
from pipeline import wiring

if TYPE_CHECKING:
    from pipeline.stages.relevance.scoring import Scorer, Signals
    from pipeline.stages.relevance.vectors import Table

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LOWER_IS_BETTER = {"ece"}


@dataclass(frozen=True)
class Judged:
    """What is evaluated on."""

    glossary: Glossary
    articles: Sequence[Text]
    judgments: Sequence[Judgment]

    @cached_property
    def pairs(self) -> tuple[list[int], list[int]]:
        """Places of the judged pairs among the articles and among the concepts."""
        rows = {article.name: row for row, article in enumerate(self.articles)}
        columns = {concept.slug: column for column, concept in enumerate(self.glossary.concepts)}
        return [rows[one.article] for one in self.judgments], [columns[one.concept_slug] for one in self.judgments]

    def guesses(self, relevance: "Table") -> list[Guess]:
        """Every judgment beside its relevance; `relevance` is (articles, concepts)."""
        return self.guessed([float(relevance[pair]) for pair in zip(*self.pairs, strict=True)])

    def guessed(self, relevance: Sequence[float]) -> list[Guess]:
        """The same, of a relevance for each judgment."""
        given = zip(self.judgments, relevance, self.pairs[0], strict=True)
        return [Guess(one, float(value), self.articles[row].title) for one, value, row in given]


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


def stored(site: wiring.Site) -> Judged:
    """A site's own glossary, articles and judgments. Raises UsageError where nothing was judged yet."""
    from pipeline.adapters.store.judgments import StoredJudgments

    with wiring.database(site) as database:
        store = StoredJudgments(database)
        judgments = [one for one in store.all() if one.concept_slug in site.glossary.by_slug]
        articles = list(store.texts(site.settings.epoch_articles)) if judgments else []
    if not judgments:
        raise UsageError(str(wiring.database_path(site)), "has no judgments yet", "conceptwire judge")
    return Judged(site.glossary, articles, judgments)


@dataclass(frozen=True)
class Scored:
    """Judged articles before a scorer: its epoch over the whole articles, and what it saw of each."""

    scorer: "Scorer"
    seen: Sequence[Features]
    signals: "Signals"

    @property
    def relevance(self) -> "Table":
        """(articles, concepts)."""
        return self.scorer.relevance(self.signals, [one.text_from for one in self.seen])


def score(judged: Judged, parameters: Parameters, text: str, background: Background = NONE) -> Scored:
    """Score the judged articles. `text` "summary" sees the headline and two sentences only."""
    from pipeline.stages import features
    from pipeline.stages.relevance import epochs
    from pipeline.stages.relevance.scoring import Scorer

    whole = [features.count(one.title, one.text, one.text_from) for one in judged.articles]
    scorer = Scorer(judged.glossary, parameters, epochs.make(1, judged.glossary, parameters, whole, background))
    seen = (
        [features.count(one.title, one.text, one.text_from) for one in shown(judged.articles, text)]
        if text == "summary"
        else whole
    )
    return Scored(scorer, seen, scorer.signals(seen))


def plain(judged: Judged, ranker: str, text: str) -> "Table":
    """(articles, concepts) the scores of a plain ranker."""
    from pipeline.stages.relevance.plain import RANKERS

    return RANKERS[ranker](judged.glossary, shown(judged.articles, text))


def shown(articles: Sequence[Text], text: str) -> Sequence[Text]:
    """What is to be seen of the articles: `text` "summary" leaves the headline and two sentences."""
    if text != "summary":
        return articles
    return [Text(one.name, one.title, summary(one.text), "summary") for one in articles]


def guesses(judged: Judged, scored: Scored, *, crossed: bool) -> list[Guess]:
    """The relevance of every judged pair, `crossed`: by calibrations that saw no judgment of its concept."""
    return cross_validated(judged, scored) if crossed else judged.guesses(scored.relevance)


def cross_validated(judged: Judged, scored: Scored) -> list[Guess]:
    """Guesses by calibrations learned anew from the judgments of other concepts."""
    import numpy as np

    from pipeline.stages.relevance import fitting

    given = fitting.columns(scored.signals, *judged.pairs)
    truth = np.array([one.grade > 0 for one in judged.judgments], dtype=np.float64)
    try:
        found = fitting.cross_validated(given, truth, [one.concept_slug for one in judged.judgments])
    except ValueError as error:
        raise UsageError("--cross-validate", str(error), "judgments of both kinds, of several concepts") from None
    return judged.guessed(list(found))


def summary(text: str) -> str:
    """What a feed gives where its pages refuse clients: two sentences, at most 300 characters."""
    return " ".join(_SENTENCE.split(text)[:2])[:300]


def errors(judged: Judged, scored: Scored, found: Sequence[Guess], most: int) -> dict[str, list[dict[str, Any]]]:
    """The worst single errors with their evidence: links an editor would strike out, and good ones far below the cut."""
    cut = scored.scorer.parameters.cut
    wrong = sorted((g for g in found if g.judgment.grade == 0 and g.relevance >= cut), key=lambda g: -g.relevance)
    missed = sorted((g for g in found if g.judgment.grade == 2 and g.relevance < cut), key=lambda g: g.relevance)
    rows = {article.name: row for row, article in enumerate(judged.articles)}
    return {
        kind: [_shown(judged, scored, guess, rows[guess.judgment.article]) for guess in some[:most]]
        for kind, some in (("wrong", wrong), ("missed", missed))
    }


def _shown(judged: Judged, scored: Scored, guess: Guess, row: int) -> dict[str, Any]:
    from pipeline.stages.relevance.evidence import Explainer, missing

    slug, article, seen = guess.judgment.concept_slug, judged.articles[row], scored.seen[row]
    text = summary(article.text) if seen.text_from == "summary" else article.text
    vector = scored.signals.vectors[row]
    column = scored.scorer.rows[slug]
    similarity = float(scored.signals.similarity[row, column])
    evidence = Explainer(scored.scorer).explain(slug, vector, similarity, article.title, text)
    return {
        "concept": slug,
        "article": article.name,
        "title": article.title,
        "relevance": guess.relevance,
        "terms": [{"term": term.term, "share": term.share, "field": term.field} for term in evidence.terms[:5]],
        "mentions": float(scored.signals.mentions[row, column]),
        "context": float(scored.signals.context[row, column]),
        "field": float(scored.signals.field[row, column]),
        "missing": list(missing(slug, vector, scored.scorer, 4)),
        "passage": evidence.passage,
    }


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
    noise, floors = stored.get("noise"), stored.get("floors")
    figures = [noise, *floors.values()] if isinstance(floors, dict) else []
    if (
        not floors
        or not all(isinstance(one, int | float) and 0 <= one <= 1 for one in figures)
        or not floors.keys() <= metrics.keys()
    ):
        raise UsageError(str(baseline), "has no noise, or no [floors] of our metrics", "conceptwire eval --write-baseline FILE")
    found = []
    for name, floor in floors.items():
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


def related(scored: Scored) -> dict[str, float]:
    """Recall at 3 and 5 of the neighbours that the glossary names, by vectors alone; {} where it names none."""
    from pipeline.stages.relevance import neighbours

    scorer = scored.scorer
    if not any(concept.related for concept in scorer.glossary.concepts):
        return {}
    found = neighbours.related(scorer, 5, named_first=False)
    return {f"recall@{most}": neighbours.recall(scorer.glossary, found, most) for most in (3, 5)}


def digest(judged: Judged) -> str:
    """A name for the data, so that a baseline is not held against other data."""
    from hashlib import blake2b

    made = blake2b(digest_size=8)
    told = {one.article for one in judged.judgments}
    for part in (judged.glossary.concepts, [one for one in judged.articles if one.name in told], judged.judgments):
        made.update(repr(part).encode())
    return made.hexdigest()
