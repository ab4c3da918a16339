"""The program learns: the calibration fitted anew from what this site's editors decided and judged, where that helps.

A pair is right where it was pinned or kept, or judged 1 or 2; wrong where it was hidden, or judged 0. What was decided
counts before what was judged, what the store knows before a file. Formula, bias and margin: stages/relevance/refitting.py.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.article import Features, TextFrom
from models.errors import UsageError
from models.parameters import Calibration
from models.statistics import Statistics
from pipeline import wiring
from pipeline.stages.urls import canonical, identity

if TYPE_CHECKING:
    from pipeline.adapters.store.engine import Database
    from pipeline.stages.relevance.refitting import Learned, Pairs

_Pair = tuple[str, str]  # a concept's slug, an article's identity
_TOGETHER: tuple[TextFrom, TextFrom] = ("page", "feed")  # whole texts


@dataclass(frozen=True, slots=True)
class _Said:
    right: bool
    shown: bool  # decided of what was on the page, not judged blind


@dataclass(frozen=True)
class Group:
    """What was learned for the kinds of text that share a calibration."""

    kinds: tuple[TextFrom, ...]
    right: int
    wrong: int
    concepts: int
    before: Calibration
    learned: "Learned | None"  # None: too few pairs, or of one kind only
    missing: int  # pairs

    @property
    def kept(self) -> bool:
        """Whether the new weights are better than those there are."""
        return self.learned is not None and self.learned.helps

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        counted = {"right": self.right, "wrong": self.wrong, "concepts": self.concepts, "missing": self.missing}
        made: dict[str, Any] = {"kinds": list(self.kinds), "pairs": self.right + self.wrong, **counted, "kept": self.kept}
        if self.learned is None:
            return made
        figures = asdict(self.learned)
        return made | {"weights": {"before": asdict(self.before), "after": figures.pop("calibration")}} | figures


@dataclass(frozen=True)
class Report:
    """What learning found, group by group."""

    groups: Sequence[Group]
    left_out: Mapping[str, int]  # decided pairs that nothing can be learned from, by reason

    @property
    def weights(self) -> dict[TextFrom, Calibration]:
        """What is better than before, by what was read."""
        return {kind: one.learned.calibration for one in self.groups if one.learned and one.kept for kind in one.kinds}


def learn(site: wiring.Site, qrels: Path | None = None) -> Report:
    """Fit the calibration anew, scoring with the current epoch; nothing is written. `qrels`: judgments beside the store's.

    Raises UsageError for a file of judgments that cannot be read, or where there is no epoch yet.
    """
    from pipeline.adapters.store.links import StoredLinks

    left_out: Counter[str] = Counter()
    with wiring.database(site) as database:
        said = _said(database, qrels)
        statistics = StoredLinks(database).epoch()
        texts = _texts(database, site, said, left_out)
    if statistics is None:
        raise UsageError(str(wiring.database_path(site)), "has no links yet", "conceptwire run")
    columns = {concept.slug: column for column, concept in enumerate(site.glossary.concepts)}
    wanted = sorted(pair for pair in said if pair[0] in columns and pair[1] in texts)
    groups: list[Group] = []
    for kinds in _kinds(site.parameters.relevance):
        chosen = [pair for pair in wanted if texts[pair[1]].text_from in kinds]
        if chosen or not groups:
            groups.append(_group(site, statistics, kinds, {pair: said[pair] for pair in chosen}, texts, left_out))
    return Report(groups, dict(left_out))


def _said(database: "Database", qrels: Path | None) -> dict[_Pair, _Said]:
    """What is known of each pair; later ones count."""
    from pipeline.adapters import judged
    from pipeline.adapters.store.decisions import StoredDecisions
    from pipeline.adapters.store.judgments import StoredJudgments

    found: dict[_Pair, _Said] = {}
    given = judged.judgments(qrels) if qrels else []
    for one in (*given, *StoredJudgments(database).all()):
        address = canonical(one.article)
        found[one.concept_slug, identity(address) if address else one.article] = _Said(one.grade > 0, shown=False)
    for decided in StoredDecisions(database).all():
        found[decided.concept_slug, decided.identity] = _Said(decided.kind != "hide", shown=True)
    return found


def _texts(database: "Database", site: wiring.Site, said: Mapping[_Pair, _Said], left_out: Counter[str]) -> dict[str, Features]:
    """The features of the articles, by identity."""
    from pipeline.adapters.store.articles import StoredArticles

    left_out["concept not in the glossary"] = sum(slug not in site.glossary.by_slug for slug, _ in said)
    articles, found = StoredArticles(database), {}
    for name in sorted({name for slug, name in said if slug in site.glossary.by_slug}):
        known = articles.by_identity(name)
        if known is not None:
            found[name] = known[1]
    left_out["article not stored"] = sum(slug in site.glossary.by_slug and name not in found for slug, name in said)
    return found


def _kinds(relevance: Mapping[TextFrom, Calibration]) -> Iterator[tuple[TextFrom, ...]]:
    """Kinds of text that learn together: pages and feeds, unless somebody gave them weights of their own."""
    if relevance["page"] == relevance["feed"]:
        yield _TOGETHER
    else:
        yield from ((kind,) for kind in _TOGETHER)
    yield ("summary",)


def _group(
    site: wiring.Site, statistics: Statistics, kinds: tuple[TextFrom, ...], said: Mapping[_Pair, _Said],
    texts: Mapping[str, Features], left_out: Counter[str],
) -> Group:  # fmt: skip
    from pipeline.stages.relevance import refitting

    before = site.parameters.relevance[kinds[0]]
    pairs = _pairs(site, statistics, said, texts, left_out)
    right = int(pairs.truth.sum()) if pairs else 0
    wrong = len(pairs.truth) - right if pairs else 0
    enough = pairs is not None and right + wrong >= refitting.FEWEST and right > 0 and wrong > 0
    learned = refitting.learn(pairs, before, site.parameters.cut) if pairs is not None and enough else None
    missing = max(0, refitting.FEWEST - right - wrong)
    return Group(kinds, right, wrong, len(set(pairs.concepts)) if pairs else 0, before, learned, missing)


def _pairs(
    site: wiring.Site, statistics: Statistics, said: Mapping[_Pair, _Said], texts: Mapping[str, Features],
    left_out: Counter[str],
) -> "Pairs | None":  # fmt: skip
    """The pairs as arrays, in the order of `said`; None where there is none."""
    if not said:
        return None
    import numpy as np

    from pipeline.stages.relevance import fitting, refitting
    from pipeline.stages.relevance.scoring import Scorer

    scorer = Scorer(site.glossary, site.parameters, statistics)
    names = sorted({name for _, name in said})
    signals = scorer.signals([texts[name] for name in names])
    places = {name: row for row, name in enumerate(names)}
    rows, columns = [places[name] for _, name in said], [scorer.rows[slug] for slug, _ in said]
    truth = np.array([one.right for one in said.values()], dtype=np.float64)
    weights = refitting.weighed(truth, np.array([one.shown for one in said.values()]))
    found = refitting.Pairs(fitting.columns(signals, rows, columns), truth, weights, [slug for slug, _ in said])
    matched = signals.similarity[rows, columns] > 0  # others are no link whatever the weights
    left_out["nothing in common with the concept"] += int((~matched).sum())
    return found.chosen(matched)
