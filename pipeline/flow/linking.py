"""Links of stored articles: a few here, many by the workers."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from models.article import Features, Stored
from models.link import Link
from models.statistics import Statistics
from pipeline.flow.parts import Parts
from pipeline.ports import Item, Lost, Made
from pipeline.stages.batches import batched

if TYPE_CHECKING:
    from pipeline.stages.linking import Maker, Task

BATCH = 200  # articles scored at once
MANY = 3000  # articles from which on the workers are worth their start
_MANY_OF_ONE = 10_000  # the same of one concept, for which less is done with each
_AT_A_WORKER = 250  # half a second of work; more would only be memory


def shared(parts: Parts, function: Callable[[Item], Made], tasks: Iterable[Item]) -> Iterator[Made]:
    """The workers' results, in order; what a worker lost is made here."""
    for task, made in parts.map(function, tasks):
        yield function(task) if isinstance(made, Lost) else made


class Linker:
    """Makes links with one epoch's statistics, of the whole glossary or of some concepts."""

    def __init__(self, parts: Parts, statistics: Statistics) -> None:
        self.parts, self.statistics = parts, statistics

    def all(self, articles: Iterable[tuple[Stored, Features]], count: int) -> dict[str, list[Link]]:
        """Every pair of some `count` articles above the cut, by concept."""
        made: defaultdict[str, list[Link]] = defaultdict(list)
        for some in self._shared(self._whole, articles) if count >= MANY else self._here(self._whole, articles):
            for link in some:
                made[link.concept_slug].append(link)
        return made

    def of(self, slug: str, ids: Collection[int], *, forced: Collection[int] = ()) -> list[Link]:
        """The pairs of one concept with some articles: those above the cut, and the `forced` ones whatever they score."""
        maker, articles = self._maker((slug,)), self.parts.articles.snapshot(ids=sorted(ids))
        some = self._shared(maker, articles) if len(ids) >= _MANY_OF_ONE and not forced else self._here(maker, articles, forced)
        return [link for batch in some for link in batch]

    @cached_property
    def _whole(self) -> "Maker":
        return self._maker(self.parts.glossary.by_slug)

    def _maker(self, slugs: Collection[str]) -> "Maker":
        from pipeline.stages.linking import Maker

        return Maker(self.parts.glossary.only(slugs), self.parts.parameters, self.statistics, self.parts.background())

    def _here(
        self, maker: "Maker", articles: Iterable[tuple[Stored, Features]], forced: Collection[int] = ()
    ) -> Iterator[list[Link]]:
        explainer = maker.explainer()
        for batch in batched(articles, BATCH):
            yield maker.links(explainer, batch, self.parts.articles.texts, forced)

    def _shared(self, maker: "Maker", articles: Iterable[tuple[Stored, Features]]) -> Iterator[list[Link]]:
        from pipeline.stages.linking import linked

        return shared(self.parts, linked, self._tasks(maker, articles))

    def _tasks(self, maker: "Maker", articles: Iterable[tuple[Stored, Features]]) -> "Iterator[Task]":
        from pipeline.stages.linking import Task, packed

        spec = packed(maker)
        for batch in batched(articles, _AT_A_WORKER):
            yield Task(spec, batch, self.parts.articles.texts({stored.id for stored, _ in batch}))
