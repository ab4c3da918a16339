"""reading.read: one queued entry and the answer to its page's request become an article with its features.

The whole of it is pure and runs in a worker process: nothing but values go in and come out.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from models.article import Article, Features
from models.entry import Queued
from models.page import Failed, Page
from pipeline.stages import articles, dates, features
from pipeline.stages.bounds import USUAL, Bounds
from pipeline.stages.languages import other_language
from pipeline.stages.text import digest, folded
from pipeline.stages.urls import canonical, host, identity

_REFUSED = {400, 401, 402, 403, 405, 406, 451}  # an answer for clients, not for readers: the page exists
_GONE = {404, 410}
ATTEMPTS = 3  # how often a page is asked for before the feed's two sentences must do


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker gets."""

    queued: Queued
    answer: Page | Failed | None  # None: the source's pages are not asked for
    now: datetime
    language: str  # of the glossary
    bounds: Bounds = USUAL


@dataclass(frozen=True, slots=True)
class Read:
    """What a worker gives back: an article and its features, or a reason."""

    article: Article | None = None
    features: Features | None = None
    skipped: str = ""  # a reason that stays
    failed: str = ""  # a reason to ask again
    retry_after: str = ""
    garbled: bool = False  # mojibake in the text, ours or theirs


def is_light(task: Task) -> bool:
    """Whether `read` has no page and no long text to work on."""
    answer = task.answer
    return isinstance(answer, Failed) and not task.queued.entry.text and task.queued.attempts + 1 < ATTEMPTS


def read(task: Task) -> Read:
    """The article of an entry, from its page or from what the feed itself gave."""
    entry, answer = task.queued.entry, task.answer
    if isinstance(answer, Page) and (answer.status in _GONE or _sent_home(entry.url, answer)):
        return Read(skipped="gone")
    trouble = _trouble(answer)
    if trouble and not entry.text and task.queued.attempts + 1 < ATTEMPTS:
        waits = answer.retry_after if isinstance(answer, Page) else ""
        return Read(failed=trouble, retry_after=waits)
    return _article(task, _extracted(task), trouble)


def _sent_home(url: str, page: Page) -> bool:
    """Whether a dead link was redirected to a front page."""
    return bool(page.hops) and articles.is_home(page.url) and not articles.is_home(canonical(url))


def _trouble(answer: Page | Failed | None) -> str:
    """Why the page should be asked for again; "" where its answer is final."""
    if isinstance(answer, Failed):
        return answer.reason
    if answer is None or answer.status in _REFUSED or answer.status in _GONE:
        return ""
    if answer.status != 200:
        return f"HTTP {answer.status}"
    return "" if answer.body.strip() else "empty answer"


def _extracted(task: Task) -> articles.Extracted:
    answer = task.answer
    if not isinstance(answer, Page) or answer.status != 200:
        return articles.Extracted(canonical_url=canonical(task.queued.entry.url))

    def spoken(text: str) -> str:
        return other_language(text, task.language)

    entry = task.queued.entry
    whole = not (entry.title and entry.published)
    return articles.extract(answer.body, answer.url, answer.content_type, spoken, whole=whole, bounds=task.bounds)


def _article(task: Task, page: articles.Extracted, trouble: str) -> Read:
    entry = task.queued.entry
    if page.language and not entry.text:
        return Read(skipped=f"language {page.language}")
    if not entry.title:
        return _titled(task, page, trouble)
    text = articles.choose(articles.without_title(page.text, entry.title), entry.text, entry.summary, paywalled=page.paywalled)
    if text is None:
        return Read(failed=trouble) if trouble else Read(skipped="no text")
    language = other_language(text.text, task.language) if text.said_by != "page" else ""
    if language:
        return Read(skipped=f"language {language}")
    article = _built(task, page, text)
    counted = features.count(article.title, article.text, article.text_from)
    return Read(article, counted, garbled=text.said_by == "page" and page.garbled > 0)


def _titled(task: Task, page: articles.Extracted, trouble: str) -> Read:
    """The article of a page that no feed lists: its title is its own, and it may be no article at all."""
    if trouble:
        return Read(failed=trouble)
    if not page.article or articles.is_home(page.canonical_url):
        return Read(skipped="not an article")
    if not page.title:
        return Read(skipped="no title" if page.text else "no text")
    entry = replace(task.queued.entry, title=page.title)
    return _article(replace(task, queued=replace(task.queued, entry=entry)), page, trouble)


def _built(task: Task, page: articles.Extracted, text: articles.Text) -> Article:
    entry, first_seen = task.queued.entry, task.queued.first_seen
    said = page.canonical_url if text.said_by == "page" else ""  # a redirect may have led to no web address
    address = said or canonical(entry.url)
    feed = (entry.published, entry.precise) if entry.published else None
    bare = folded(text.text)
    date = dates.dated(feed, page.published, address, first_seen)
    return Article(
        canonical_url=address,
        identity=identity(address),
        host=host(address),
        title=entry.title,
        text=text.text,
        text_from=text.said_by,
        cut_off=text.cut_off,
        language=task.language,
        published=date.at,
        published_from=date.said_by,
        published_precision=date.precision,
        first_seen=first_seen,
        word_count=len(text.text.split()),
        text_hash=digest(bare),
        content_hash=digest(folded(entry.title), bare),
    )
