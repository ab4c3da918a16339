"""Why a pair scores as it does: terms with their share of the similarity, and the passage that shows it best."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import sparse

from models.article import Features, Stored, TextFrom
from models.link import Evidence, Term
from pipeline.stages.features import stemmer, words
from pipeline.stages.relevance.scoring import Scorer, Signals
from pipeline.stages.relevance.terms import names

LONGEST_PASSAGE = 300  # characters: two lines on a phone, one search result
SHOWN_TERMS = 12  # the rest are added up as one, so that shares still sum to the similarity
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]?(?=\s+[\"'“‘(]?[A-ZÀ-Þ0-9])|\n+")
_OTHERS = "(other terms)"


@dataclass(frozen=True)
class Explainer:
    """Explains pairs of one scorer."""

    scorer: Scorer

    def explain(self, slug: str, vector: sparse.csr_matrix, similarity: float, title: str, text: str) -> Evidence:
        """The evidence of a pair; `vector` is the article's row, shares add up to the similarity."""
        weights = self._shares(slug, vector, similarity)
        ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
        shown = [gram for gram, _ in ordered[:SHOWN_TERMS]]
        seen = _Reading.of(title, text, weights, self.scorer)
        spelled, places = seen.spellings(shown), self._fields(shown, seen)
        terms = [Term(spelled.get(gram, gram), weights[gram], places[gram]) for gram in shown]
        rest = sum(share for _, share in ordered[SHOWN_TERMS:])
        if rest > 0:
            terms.append(Term(_OTHERS, rest, "body"))
        return Evidence(tuple(terms), seen.passage(weights))

    def report(self, slug: str, stored: Stored, features: Features, text: str) -> dict[str, object]:
        """Everything about one pair, linked or not, as `conceptwire explain --json` prints it."""
        signals = self.scorer.signals([features])
        vector, row = signals.vectors, self.scorer.rows[slug]
        relevance = self.scorer.relevance(signals, [stored.text_from])
        similarity = float(signals.similarity[0, row])
        evidence = self.explain(slug, vector, similarity, stored.title, text)
        return {
            "concept": slug,
            "url": stored.url,
            "title": stored.title,
            "source": stored.source_name,
            "text_from": stored.text_from,
            "similarity": similarity,
            "relevance": float(relevance[0, row]),
            "mentions": float(signals.mentions[0, row]),
            "signals": self._signals(signals, row, stored.text_from),
            "cut": self.scorer.parameters.cut,
            "epoch": self.scorer.statistics.epoch,
            "scorer": self.scorer.parameters.scorer,
            "terms": [asdict(term) for term in evidence.terms],
            "passage": evidence.passage,
            "against": list(against(slug, vector, f"{stored.title}\n{text}", self.scorer)),
            "missing": list(missing(slug, vector, self.scorer)),
        }

    def _signals(self, signals: Signals, row: int, said_by: TextFrom) -> list[dict[str, object]]:
        """What relevance is made of: each signal's value, and what it adds to the logit beside the offset."""
        weights = self.scorer.parameters.relevance[said_by]
        steps = {name: float(step[0, row]) for name, step in signals.steps(weights).items()}
        told = [{"signal": name, "value": float(getattr(signals, name)[0, row]), "logit": step} for name, step in steps.items()]
        return [*told, {"signal": "offset", "value": None, "logit": weights.offset}]

    def _shares(self, slug: str, vector: sparse.csr_matrix, similarity: float) -> dict[str, float]:
        concept = self.scorer.concepts[self.scorer.rows[slug]]
        common, ours, theirs = np.intersect1d(vector.indices, concept.indices, assume_unique=True, return_indices=True)
        products = vector.data[ours] * concept.data[theirs]
        total = float(products.sum())
        scale = similarity / total if total else 0.0
        terms = self.scorer.statistics.terms
        return {terms[i]: float(value) * scale for i, value in zip(common, products, strict=True)}

    def _fields(self, shown: Sequence[str], seen: "_Reading") -> dict[str, str]:
        """Where each term weighs most; the first of equals."""
        parameters, body = self.scorer.parameters, seen.begins + self.scorer.parameters.lead_words
        weights = {"title": parameters.title_weight, "lead": parameters.lead_weight, "body": parameters.body_weight}

        def field(place: int) -> str:
            return "title" if place < seen.begins else "lead" if place < body else "body"

        found = {}
        for gram in shown:
            counts = Counter(field(place) for place in seen.places.get(gram, ()))
            found[gram] = max(weights, key=lambda name: weights[name] * counts[name])
        return found


@dataclass(frozen=True)
class _Reading:
    """An article read once for some n-grams of stems: where they are."""

    tokens: Sequence[str]  # of the title, one that is no word, of the text
    begins: int  # where the text does
    sentences: Sequence[str]
    starts: Sequence[int]  # the place of each sentence's first token
    places: Mapping[str, Sequence[int]]  # by n-gram: its first tokens, ascending

    @classmethod
    def of(cls, title: str, text: str, grams: Iterable[str], scorer: Scorer) -> "_Reading":
        """The title and the sentences of the text."""
        tokens = [*words(title), ""]  # no n-gram spans title and text
        begins = len(tokens)
        sentences, starts = _sentences(text), []
        for sentence in sentences:
            starts.append(len(tokens))
            tokens += words(sentence)
        return cls(tokens, begins, sentences, starts, _places(stemmer(scorer.glossary.language)(tokens), grams))

    def spellings(self, shown: Iterable[str]) -> dict[str, str]:
        """How a reader would write each n-gram: its commonest form in the article, lower case."""
        found = {}
        for gram in shown:
            length = gram.count(" ") + 1
            forms = Counter(" ".join(self.tokens[place : place + length]) for place in self.places.get(gram, ()))
            if forms:
                found[gram] = min(forms, key=lambda form: (-forms[form], form))
        return found

    def passage(self, weights: Mapping[str, float]) -> str:
        """The run of whole sentences, at most LONGEST_PASSAGE characters, whose n-grams weigh most together.

        Each counts once, and only where it is within a sentence; of equal runs the first; "" where no sentence fits or none
        has any.
        """
        held = self._held(weights)
        best, shown = 0.0, ""
        for first in sorted(held):
            found: set[str] = set()
            worth, length = 0.0, -1
            for last in range(first, len(self.sentences)):
                length += len(self.sentences[last]) + 1
                if length > LONGEST_PASSAGE:
                    break
                more = held.get(last, set()) - found
                worth += sum(weights[gram] for gram in sorted(more))
                found |= more
                if worth > best * 1.0001:
                    best, shown = worth, " ".join(self.sentences[first : last + 1])
        return shown

    def _held(self, grams: Iterable[str]) -> dict[int, set[str]]:
        """The n-grams within each sentence, by the sentence's number."""
        ends = [*self.starts[1:], len(self.tokens)]
        held: dict[int, set[str]] = {}
        for gram in grams:
            length = gram.count(" ") + 1
            for place in self.places.get(gram, ()):
                number = bisect_right(self.starts, place) - 1
                if number >= 0 and place + length <= ends[number]:
                    held.setdefault(number, set()).add(gram)
        return held


def _places(stems: Sequence[str], grams: Iterable[str]) -> dict[str, list[int]]:
    """Where each n-gram begins in a sequence of stems."""
    heads: dict[str, list[tuple[str, list[str]]]] = {}
    for gram in grams:
        parts = gram.split(" ")
        heads.setdefault(parts[0], []).append((gram, parts))
    found: dict[str, list[int]] = {}
    for place in [number for number, stem in enumerate(stems) if stem in heads]:
        for gram, parts in heads[stems[place]]:
            if len(parts) == 1 or stems[place : place + len(parts)] == parts:
                found.setdefault(gram, []).append(place)
    return found


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        found.append(text[start : end.end()].strip())
        start = end.end()
    return [sentence for sentence in (*found, text[start:].strip()) if sentence]


def passage(text: str, weights: Mapping[str, float], scorer: Scorer) -> str:
    """The passage of a text on its own."""
    return _Reading.of("", text, weights, scorer).passage(weights)


def against(slug: str, vector: sparse.csr_matrix, text: str, scorer: Scorer, most: int = 8) -> Sequence[str]:
    """The article's heaviest terms that the concept lacks: they lengthen its vector, which lowers the similarity."""
    own = set(scorer.concepts[scorer.rows[slug]].indices)
    weighty = sorted(zip(-vector.data, vector.indices, strict=True))
    foreign = [scorer.statistics.terms[i] for _, i in weighty if i not in own][:most]
    spelled = _Reading.of("", text, foreign, scorer).spellings(foreign)
    return [spelled.get(gram, gram) for gram in foreign]


def missing(slug: str, vector: sparse.csr_matrix, scorer: Scorer, most: int = 8) -> Sequence[str]:
    """The concept's heaviest terms that the article lacks, as the glossary spells them."""
    concept = scorer.glossary.by_slug[slug]
    row, present = scorer.concepts[scorer.rows[slug]], set(vector.indices)
    weighty = sorted(zip(-row.data, row.indices, strict=True))
    lacking = [scorer.statistics.terms[i] for _, i in weighty if i not in present][:most]
    texts = (*names(concept), concept.definition, concept.body, concept.example, concept.why_it_matters)
    spelled = _Reading.of("", "\n".join(texts), lacking, scorer).spellings(lacking)
    return [spelled.get(gram, gram) for gram in lacking]
