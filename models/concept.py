"""A glossary and its concepts."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Concept:
    """One page of the glossary. Texts are Markdown as written; `plain` strips nothing but white space."""

    slug: str
    name: str
    definition: str
    added: date
    aliases: tuple[str, ...] = ()
    body: str = ""
    analogy: str = ""
    example: str = ""
    why_it_matters: str = ""
    related: tuple[str, ...] = ()
    was: tuple[str, ...] = field(default=(), repr=False)  # slugs it had: links, decisions and judgments under them are its own

    @property
    def scored(self) -> str:
        """A digest of everything that scores depend on."""
        texts = (self.name, *self.aliases, "", self.definition, self.body, self.analogy, self.example, self.why_it_matters)
        return blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()

    @property
    def minutes_to_read(self) -> int:
        """At 200 words a minute, the pace of careful reading; at least 1."""
        words = " ".join((self.definition, self.body, self.analogy, self.example, self.why_it_matters)).split()
        return max(1, round(len(words) / 200))


@dataclass(frozen=True, slots=True)
class Glossary:
    """All concepts, ordered by slug, and a digest of everything in them."""

    concepts: tuple[Concept, ...]
    digest: str
    language: str = "en"
    by_slug: dict[str, Concept] = field(default_factory=dict, compare=False, repr=False)
    whole: "Glossary | None" = field(default=None, compare=False, repr=False)  # the one that this is a part of

    def __post_init__(self) -> None:
        self.by_slug.update({concept.slug: concept for concept in self.concepts})

    def only(self, slugs: Collection[str]) -> "Glossary":
        """Some of the concepts."""
        some = tuple(one for one in self.concepts if one.slug in slugs)
        return Glossary(some, self.digest, self.language, whole=self.whole or self)
