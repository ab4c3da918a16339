"""Why a stored article is, or is not, linked from a concept; what an editor should know of a glossary."""

from typing import TYPE_CHECKING, Any

from models.errors import UsageError
from pipeline import wiring

if TYPE_CHECKING:
    from pipeline.stages.relevance.linting import Finding


def explained(site: wiring.Site, slug: str, url: str) -> dict[str, Any] | None:
    """Why a stored article is, or is not, linked from a concept; None where no article has that address."""
    from pipeline.adapters.store.articles import StoredArticles
    from pipeline.adapters.store.links import StoredLinks
    from pipeline.stages.urls import canonical, identity

    with wiring.database(site) as opened_one:
        found = StoredArticles(opened_one).by_identity(identity(canonical(url)))
        statistics = StoredLinks(opened_one).epoch()
    if found is None or statistics is None:
        return None
    from pipeline.stages.relevance.evidence import Explainer
    from pipeline.stages.relevance.scoring import Scorer

    stored, features, text = found
    return Explainer(Scorer(site.glossary, site.parameters, statistics)).report(slug, stored, features, text)


def linted(site: wiring.Site) -> "list[Finding]":
    """What an editor should know of the glossary, from the newest stored articles. Raises UsageError where none is stored."""
    from pipeline.adapters.store.articles import StoredArticles
    from pipeline.adapters.store.links import StoredLinks

    with wiring.database(site) as opened_one:
        statistics = StoredLinks(opened_one).epoch()
        newest = [features for _, features in StoredArticles(opened_one).snapshot(newest=site.settings.epoch_articles)]
    if statistics is None or statistics.glossary_digest != site.glossary.digest or not newest:
        raise UsageError(str(wiring.database_path(site)), "has no links of this glossary yet", "conceptwire run")
    from pipeline.stages.relevance.linting import lint
    from pipeline.stages.relevance.scoring import Scorer

    return lint(Scorer(site.glossary, site.parameters, statistics), newest)
