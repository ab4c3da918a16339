"""What a run is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from models.background import NONE, Background
from models.concept import Glossary
from models.parameters import Parameters
from models.settings import Settings
from pipeline import ports


@dataclass(frozen=True)
class Parts:
    """What a run is made of; pipeline.wiring picks the fillings."""

    fetch: ports.Fetch
    map: ports.Map
    feeds: ports.Feeds
    articles: ports.Articles
    links: ports.Links
    words: ports.Words
    glossary: Glossary
    parameters: Parameters
    settings: Settings
    background: Callable[[], Background] = lambda: NONE  # read only where an epoch or links are made
    eager: bool = False  # feeds are asked whose own pace is not over yet
    tending: ports.Tending | None = None  # None: what is shown is not looked at again
    recorded: bool = False  # what is fetched comes from a recording: nobody's hints are waited for, no server saw anything
    noted: Callable[[str], None] = lambda what: None  # noqa: ARG005 - what is odd about an article that is kept
