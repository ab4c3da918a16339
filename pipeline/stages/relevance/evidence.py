"""Why a pair scores as it does: terms with their share of the similarity, and the passage that shows it best."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import sparse

from models.article import Features, Stored, TextFrom
from models.link import Evidence, Term
from pipeline.stages.features import fields, stemmer, words
from pipeline.stages.relevance.scoring import Scorer, Signals
from pipeline.stages.relevance.terms import Trie, names

LONGEST_PASSAGE = 300  # characters: two lines on a phone, one search result
SHOWN_TERMS = 12  # the rest are added up as one, so that shares still sum to the similarity
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’)]))\s+(?=[\"'“‘(]?[A-ZÀ-Þ0-9])|\n+")
_OTHERS = "(other terms)"


@dataclass(frozen=True)
class Explainer:
    """Explains pairs of one scorer."""

    scorer: Scorer

    def explain(
        self, slug: str, vector: sparse.csr_matrix, similarity: float, features: Features, title: str, text: str
    ) -> Evidence:
        """The evidence of a pair; `vector` is the article's row, shares add up to the similarity."""
        weights = self._shares(slug, vector, similarity)
        ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
        shown = [gram for gram, _ in ordered[:SHOWN_TERMS]]
        spelled = _spellings(f"{title}\n{text}", shown, self.scorer)
        places = self._fields(shown, features)
        terms = [Term(spelled.get(gram, gram), weights[gram], places[gram]) for gram in shown]
        rest = sum(share for _, share in ordered[SHOWN_TERMS:])
        if rest > 0:
            terms.append(Term(_OTHERS, rest, "body"))
        return Evidence(tuple(terms), passage(text, weights, self.scorer))

    def report(self, slug: str, stored: Stored, features: Features, text: str) -> dict[str, object]:
        """Everything about one pair, linked or not, as `conceptwire explain --json` prints it."""
        signals = self.scorer.signals([features])
        vector, row = signals.vectors, self.scorer.rows[slug]
        relevance = self.scorer.relevance(signals, [stored.text_from])
        similarity = float(signals.similarity[0, row])
        evidence = self.explain(slug, vector, similarity, features, stored.title, text)
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

    def _fields(self, shown: Sequence[str], features: Features) -> dict[str, str]:
        """Where each term weighs most; the first of equals."""
        parameters, trie = self.scorer.parameters, Trie(shown)
        named = zip(
            ("title", "lead", "body"),
            (parameters.title_weight, parameters.lead_weight, parameters.body_weight),
            fields(features, parameters.lead_words),
            strict=True,
        )
        stem = stemmer(self.scorer.glossary.language)
        weighed = [(name, weight, Counter(trie.columns(stem(tokens)))) for name, weight, tokens in named]
        return {gram: max(weighed, key=lambda one: one[1] * one[2][number])[0] for number, gram in enumerate(shown)}


def _spellings(text: str, shown: Sequence[str], scorer: Scorer) -> dict[str, str]:
    """How a reader would write each stem n-gram: its commonest form in the text, lower case."""
    tokens = words(text)
    stems = stemmer(scorer.glossary.language)(tokens)
    seen: dict[str, Counter[str]] = {}
    heads: dict[str, list[tuple[str, list[str]]]] = {}
    for gram in shown:
        parts = gram.split(" ")
        heads.setdefault(parts[0], []).append((gram, parts))
    for start, stem in enumerate(stems):
        for gram, parts in heads.get(stem, ()):
            if stems[start : start + len(parts)] == parts:
                forms = seen.setdefault(gram, Counter())
                forms[" ".join(tokens[start : start + len(parts)])] += 1
    return {gram: min(forms, key=lambda form: (-forms[form], form)) for gram, forms in seen.items()}


def passage(text: str, weights: Mapping[str, float], scorer: Scorer) -> str:
    """The run of whole sentences, at most LONGEST_PASSAGE characters, whose terms weigh most together.

    Each term counts once; of equal runs the first; "" where no sentence fits or none has a term.
    """
    trie, grams = Trie(weights), list(weights)
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    stem = stemmer(scorer.glossary.language)
    held = [{grams[n] for n in trie.columns(stem(words(sentence)))} for sentence in sentences]
    best, shown = 0.0, ""
    for first in range(len(sentences)):
        found: set[str] = set()
        worth, length = 0.0, -1
        for last in range(first, len(sentences) if held[first] else first):
            length += len(sentences[last]) + 1
            if length > LONGEST_PASSAGE:
                break
            worth += sum(weights[gram] for gram in sorted(held[last] - found))
            found |= held[last]
            if worth > best * 1.0001:
                best, shown = worth, " ".join(sentences[first : last + 1])
    return shown


def against(slug: str, vector: sparse.csr_matrix, text: str, scorer: Scorer, most: int = 8) -> Sequence[str]:
    """The article's heaviest terms that the concept lacks: they lengthen its vector, which lowers the similarity."""
    own = set(scorer.concepts[scorer.rows[slug]].indices)
    weighty = sorted(zip(-vector.data, vector.indices, strict=True))
    foreign = [scorer.statistics.terms[i] for _, i in weighty if i not in own][:most]
    spelled = _spellings(text, foreign, scorer)
    return [spelled.get(gram, gram) for gram in foreign]


def missing(slug: str, vector: sparse.csr_matrix, scorer: Scorer, most: int = 8) -> Sequence[str]:
    """The concept's heaviest terms that the article lacks, as the glossary spells them."""
    concept = scorer.glossary.by_slug[slug]
    row, present = scorer.concepts[scorer.rows[slug]], set(vector.indices)
    weighty = sorted(zip(-row.data, row.indices, strict=True))
    lacking = [scorer.statistics.terms[i] for _, i in weighty if i not in present][:most]
    texts = (*names(concept), concept.definition, concept.body, concept.example, concept.why_it_matters)
    spelled = _spellings("\n".join(texts), lacking, scorer)
    return [spelled.get(gram, gram) for gram in lacking]
