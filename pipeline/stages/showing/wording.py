"""How pages say dates, chances and where a word was found; all in English, whatever the machine's locale."""

from datetime import date, datetime

from models.contract import NewsLink
from pipeline.stages.showing.terms import telling

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LIKELY = (
    (0.95, "almost certainly"),
    (0.85, "very likely"),
    (0.7, "likely"),
    (0.0, "possibly"),
)  # about this concept, from this chance on
_FIELDS = {"title": "in the headline", "lead": "in the opening", "body": "in the text"}
_MOST_TERMS = 6  # more than these weigh next to nothing
_LITTLE = 0.02  # of the match; a single word of less is noise beside longer terms
_SURE = 0.99  # nothing that is estimated is certain


def day(when: date) -> str:
    """May 17, 2026."""
    return f"{_MONTHS[when.month - 1]} {when.day}, {when.year}"


def minute(when: datetime) -> str:
    """Aug 31, 2026, 20:00 UTC."""
    return f"{day(when)}, {when:%H:%M} UTC"


def stamp(when: datetime, precision: str = "minute") -> str:
    """The moment for programs: 2026-08-29T09:00:00Z, or 2026-08-29 where only the day is known."""
    return f"{when:%Y-%m-%d}" if precision == "day" else f"{when:%Y-%m-%dT%H:%M:%SZ}"


def frozen(now: datetime) -> str:
    """The clock for ages.js: 2026-08-31T20:00Z, with seconds where there are some."""
    return f"{now:%Y-%m-%dT%H:%M:%SZ}" if now.second else f"{now:%Y-%m-%dT%H:%MZ}"


def likely(relevance: float) -> str:
    """A chance in words."""
    return next(word for least, word in _LIKELY if relevance >= least or not least)


def chance(relevance: float) -> str:
    """95%; never 100%."""
    return percent(min(relevance, _SURE))


def percent(part: float) -> str:
    """95%."""
    return f"{part:.0%}"


def doubts(link: NewsLink) -> list[str]:
    """What a reader should know of the date and the text that the link was judged by."""
    dated = {
        "url": "The date is the one in the article's address.",
        "first_seen": "The article gives no date; this is when it was found.",
    }
    read = {"summary": "Only the feed's summary could be read, not the article."}
    return [note for note in (dated.get(link.published_from), read.get(link.text_from)) if note]


def matched(link: NewsLink) -> list[tuple[str, float, str]]:
    """What matched, heaviest first: term, part of the similarity (0 to 1), where.

    Nothing where an editor chose the article, and words had no say in it.
    """
    if link.pinned and not (link.similarity and link.passage):
        return []
    whole = sum(one.share for one in link.terms) or 1.0
    by_term = {one.term: one for one in link.terms}
    terms = [by_term[term] for term in telling(by_term)]
    longer = any(" " in one.term for one in terms)
    weighty = [one for one in terms if not longer or " " in one.term or one.share / whole >= _LITTLE]
    return [(one.term, one.share / whole, _FIELDS.get(one.field, "")) for one in weighty[:_MOST_TERMS]]
