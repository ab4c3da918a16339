"""What an editor should know of a glossary before the readers do, from the stored articles and their scores.

overlap      two concepts that the same articles are about: share of the smaller one's links that both have
ambiguous    names that articles far from the concept use too: share of the articles with a name that are not about the
             concept at all and lie outside the field
unmatched    a concept that no article names and none is near to
alias        a phrase of a concept's own best articles, seldom elsewhere: articles that would be linked if it were a name
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import log
from typing import Any

import numpy as np

from models.article import Features
from models.concept import Concept
from pipeline.stages.features import singular, stemmer
from pipeline.stages.relevance.scoring import Scorer, Signals
from pipeline.stages.relevance.terms import Trie, spellings, stop_stems
from pipeline.stages.relevance.vectors import Table

Mask = np.ndarray[Any, np.dtype[np.bool_]]
_OVERLAP = 0.7  # of the smaller concept's links
_FEW = 3  # links or articles under which a share says nothing
_AMBIGUOUS = 0.5  # of the articles with the name
_OFF_FIELD = 0.8  # of the field signal, under which the everyday sense is likely
_UNLIKE = 0.25  # relevance of an article that is not about the concept at all
_TELLING = 5.0  # times oftener in the concept's best articles than in all
_USUAL = 0.3  # of the best articles have it
_TRIED = 12  # phrases of a concept of which the gain is worked out


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at."""

    concept_slug: str
    kind: str  # overlap, ambiguous, unmatched, alias
    what: str  # the other concept's slug, or the name, or the phrase
    share: float  # 0..1; 0 for an alias
    articles: int  # that it was seen in, or would be gained

    def __str__(self) -> str:
        return {
            "overlap": f"shares {self.share:.0%} of its {self.articles} links with {self.what}: are they two concepts?",
            "ambiguous": f"{self.share:.0%} of {self.articles} articles with a name of {self.what!r} mean something else",
            "unmatched": f"no article has {self.what!r} and none is near: does the news say it in other words?",
            "alias": f"{self.what!r} as an alias would bring about {self.articles} more links",
        }[self.kind]


def lint(scorer: Scorer, articles: Sequence[Features]) -> list[Finding]:
    """Findings by concept and kind. `articles` are all that are stored, or the newest of them."""
    signals = scorer.signals(articles)
    relevance = scorer.relevance(signals, [one.text_from for one in articles])
    linked = relevance >= scorer.parameters.cut
    concepts = list(enumerate(scorer.glossary.concepts))
    found = chain(
        _overlaps(concepts, linked),
        _ambiguous(concepts, signals, relevance),
        (
            Finding(one.slug, "unmatched", one.name, 0.0, 0)
            for column, one in concepts
            if len(articles) and not signals.mentions[:, column].any() and relevance[:, column].max() < _UNLIKE
        ),
        _aliases(concepts, scorer, articles, signals, linked),
    )
    return sorted(found, key=lambda one: (one.concept_slug, one.kind, -one.articles, one.what))


def _overlaps(concepts: Sequence[tuple[int, Concept]], linked: Mask) -> Iterator[Finding]:
    common = linked.T.astype(np.int64) @ linked.astype(np.int64)
    for column, one in concepts:
        own = int(common[column, column])
        for other, second in concepts:
            smaller = own < common[other, other] or (own == common[other, other] and column < other)
            if own >= _FEW and smaller and common[column, other] / own >= _OVERLAP:
                yield Finding(one.slug, "overlap", second.slug, float(common[column, other] / own), own)


def _ambiguous(concepts: Sequence[tuple[int, Concept]], signals: Signals, relevance: Table) -> Iterator[Finding]:
    for column, one in concepts:
        named = signals.mentions[:, column] > 0
        other_sense = named & (relevance[:, column] < _UNLIKE) & (signals.field[:, column] < _OFF_FIELD)
        count = int(named.sum())
        if count >= _FEW and other_sense.sum() / count >= _AMBIGUOUS:
            yield Finding(one.slug, "ambiguous", one.name, float(other_sense.sum() / count), count)


def _aliases(
    concepts: Sequence[tuple[int, Concept]], scorer: Scorer, articles: Sequence[Features], signals: Signals, linked: Mask
) -> Iterator[Finding]:
    taken = {part for _, one in concepts for name in spellings(one, scorer.glossary.language) for part in _parts(name)}
    said = _Said(articles, np.flatnonzero(linked.any(axis=1)).tolist(), scorer.glossary.language)
    for column, concept in concepts:
        best = np.flatnonzero(linked[:, column]).tolist()
        if len(best) < _FEW:
            continue
        gains = (
            (_gain(scorer, articles, signals, column, said.counts[phrase]), phrase)
            for phrase in said.telling(best, set(spellings(concept, scorer.glossary.language)), taken)
        )
        yield from (Finding(concept.slug, "alias", phrase, 0.0, gain) for gain, phrase in sorted(gains, reverse=True)[:2] if gain)


class _Said:
    """Phrases of two and three words that several linked articles have, and how often any article has them."""

    def __init__(self, articles: Sequence[Features], linked: Sequence[int], language: str) -> None:
        self._all = len(articles)
        self._of = {row: set(_phrases(articles[row], language)) for row in linked}
        held = Counter(chain.from_iterable(self._of.values()))
        known = sorted(phrase for phrase, count in held.items() if count >= _FEW)
        trie = Trie(known)
        self.counts: dict[str, dict[int, int]] = {phrase: {} for phrase in known}  # by article
        for row, one in enumerate(articles):
            for number, count in Counter(trie.columns(_singular(one))).items():
                self.counts[known[number]][row] = count

    def telling(self, best: Sequence[int], own: set[str], taken: set[str]) -> list[str]:
        """The phrases of the `best` articles that are seldom elsewhere, most telling first; no concept's name."""
        here = Counter(phrase for row in best for phrase in self._of[row] if phrase in self.counts)
        usual = {phrase: len(self.counts[phrase]) * len(best) / self._all for phrase in here}  # articles to be expected
        worth = {
            phrase: count * log(count / usual[phrase])
            for phrase, count in here.items()
            if count >= max(_FEW, _USUAL * len(best), _TELLING * usual[phrase])
            and phrase not in taken
            and not _known(phrase, own)
        }
        return sorted(worth, key=lambda one: (-worth[one], one))[:_TRIED]


def _known(phrase: str, own: set[str]) -> bool:
    """Whether a phrase is a name, or a part or an extension of one."""
    return any(f" {name} " in f" {phrase} " or f" {phrase} " in f" {name} " for name in own)


def _singular(article: Features) -> list[str]:
    return list(map(singular, (*article.title.split(), *article.text.split())))


def _parts(name: str) -> Iterator[str]:
    """Every run of a name's words."""
    said = name.split(" ")
    for start in range(len(said)):
        for end in range(start + 1, len(said) + 1):
            yield " ".join(said[start:end])


def _phrases(article: Features, language: str) -> Iterator[str]:
    """Runs of two and three words, in the singular, that neither begin nor end with a word without a subject."""
    said = _singular(article)
    empty = [stem in stop_stems(language) or word.isdigit() for word, stem in zip(said, stemmer(language)(said), strict=True)]
    for size in (2, 3):
        for start in range(len(said) - size + 1):
            if not (empty[start] or empty[start + size - 1]):
                yield " ".join(said[start : start + size])


def _gain(scorer: Scorer, articles: Sequence[Features], signals: Signals, column: int, counts: Mapping[int, int]) -> int:
    """How many articles would be links if a phrase, counted by article, were a name, and are none."""
    rows = sorted(counts)
    place = np.ix_(rows, [column])
    named = signals.mentions[place]
    more = named + np.array([[counts[row]] for row in rows]) * scorer.parameters.body_weight
    kinds, half, cut = [articles[row].text_from for row in rows], scorer.parameters.mentions_half, scorer.parameters.cut
    now, then = (
        replace(
            signals, names=mentions / (mentions + half), similarity=signals.similarity[place],
            headline=signals.headline[place], context=signals.context[place], field=signals.field[place],
        )
        for mentions in (named, more)
    )  # fmt: skip
    return int(((scorer.relevance(then, kinds) >= cut) & (scorer.relevance(now, kinds) < cut)).sum())
