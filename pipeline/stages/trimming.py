"""A feed's text, cut to what feedparser reads in a second or so: it goes quadratic, or worse, in a dozen places.

All scans are linear. A feed within its bounds leaves as it came but for what stands before its first element, where nothing
stands but declarations. One beyond them loses entries, which are counted, or attributes and dates that are longer than any.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.parsers import expat

from pipeline.stages.quoted import OPAQUE

_PROLOG = 20_000  # characters of a DOCTYPE in which declarations are looked for
_FIRST = re.compile(r"<[A-Za-z_]")
_MISC = re.compile(r"(?:\s++|<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z))*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE_END = re.compile(r"[^\[>]*(?:\[.*?\]\s{0,99})?>", re.DOTALL)
_ENTITY = re.compile(
    r"<!ENTITY\s{1,99}([A-Za-z]\w{0,31})\s{1,99}(?:\"(&#\w{1,9};|[^&\"%<>]{0,99})\"|'(&#\w{1,9};|[^&'%<>\"]{0,99})')\s{0,99}>"
)
_NETSCAPE = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "">'  # how feedparser knows RSS 0.91
_EXPANDED = 1_000_000  # characters that a document's own entities may become
_ENTRY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,99}>", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry|channel|rss|feed|rdf)\s{0,99}>", re.IGNORECASE)
_LONG_TAG = re.compile(r"<([^\W\d][^\s/<>]*+)(?=[\s/])[^<>]{4000,}>")
_ATTRIBUTE = re.compile(r"[\s\"'][^\s=\"'<>/]+\s{0,9}=")
_MOST_ATTRIBUTES = 100
# Of these nobody needs more than a line, and feedparser's patterns for dates and addresses go quadratic in them.
_LONG_LINE = re.compile(
    r"(<(?:[\w.-]{1,40}:)?(?:author|name|email|creator|contributor|managingEditor|webMaster|owner|publisher|pubDate|date|published"
    r"|updated|modified|issued|created|expirationDate)(?:\s[^<>]{0,999})?>\s{0,99}(?:<!\[CDATA\[)?[^<]{200})[^<]+",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]*)[^<>]*>|<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_NO_MARKUP = re.compile(OPAQUE, re.DOTALL)
_NEVER_CLOSED = {"br", "img", "hr", "input", "wbr", "p", "li"}  # in markup that is not XML and should have been escaped
_MOST_TAGS = 5_000  # "<" in one entry, or before the first; a long article in XHTML has a few hundred
_ALL_TAGS = 80_000  # "<" in the feed: a second and a half
_ALL_LOOSE_TAGS = 30_000  # the same where it is not well-formed: each takes three times as long
_MOST_ESCAPES = 300_000  # "&" in the feed: three seconds where it is not well-formed
_DEEPEST = 200  # elements within one another; what a browser makes of a page is half as deep


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The text that may be parsed."""

    text: str
    beyond: int = 0  # entries that were left out
    problem: str = ""


def clean_prolog(text: str) -> str:
    """The text with nothing but harmless declarations before its first element: "" where there is no element.

    Entities stay that stand for a few letters; those that stand for others, for files or addresses, go, and so does what
    a DOCTYPE says: nothing is fetched, nothing grows.
    """
    start = _past(_MISC, text, 0)
    head = ""
    if _DOCTYPE.match(text, start):
        head, start = text[start : start + _PROLOG], _past(_DOCTYPE_END, text, start)
    first = _FIRST.search(text, _past(_MISC, text, start))
    if not first:
        return ""
    rest = text[first.start() :]
    if "netscape" in head[:1000].casefold():
        return _NETSCAPE + rest
    entities = {match[1]: match[2] or match[3] or "" for match in _ENTITY.finditer(head)}
    grown = sum(len(value) * rest.count(f"&{name};") for name, value in entities.items())
    if not entities or grown > _EXPANDED:
        return rest
    return "<!DOCTYPE feed [\n" + "".join(f'<!ENTITY {name} "{value}">\n' for name, value in entities.items()) + "]>" + rest


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def shortened(text: str) -> str:
    """The text with endless attributes, dates and names cut."""
    text = _LONG_TAG.sub(_bare, text)
    return _LONG_LINE.sub(r"\1", text)


def _bare(tag: re.Match[str]) -> str:
    """A tag without attributes where they are many; one with a long address (a picture's data) is what it is."""
    if len(tag[0]) < 50_000 and sum(1 for _ in _ATTRIBUTE.finditer(tag[0])) <= _MOST_ATTRIBUTES:
        return tag[0]
    return f"<{tag[1]}{'/' if tag[0].endswith('/>') else ''}>"


def without_torn_end(text: str) -> str:
    """The text without an entry in whose midst it ends, as where a connection broke: its link may be half a link."""
    last = None
    for last in _ENTRY.finditer(text):  # noqa: B007 - the last one
        pass
    return text[: last.start()] if last and not _CLOSED.search(text, last.end()) else text


def pieces(text: str) -> tuple[str, list[str], str]:
    """What stands before the entries, the entries (and what stands between), what stands after them."""
    starts = [match.start() for match in _ENTRY.finditer(text)]
    if not starts:
        return text, [], ""
    last = None
    for last in _END.finditer(text, starts[-1]):  # noqa: B007 - the last one
        pass
    end = last.end() if last else len(text)
    return text[: starts[0]], [text[a:b] for a, b in zip(starts, [*starts[1:], end], strict=True)], text[end:]


def trimmed(text: str, most: int, *, from_the_end: bool = False) -> Trimmed:
    """The feed with `most` entries at most, its first ones or its last, each of them and all together not too much."""
    few = text.count("<") <= _MOST_TAGS and text.count("&") <= _MOST_ESCAPES
    if few and len(_ENTRY.findall(text)) <= most and not _is_deep(text):
        return Trimmed(text)
    head, entries, tail = pieces(text)
    if head.count("<") > _MOST_TAGS + 2 * len(entries) or _is_deep(head) or tail.count("<") > _MOST_TAGS:
        return Trimmed("", problem="too much markup")
    if head.count("&") + tail.count("&") > _MOST_ESCAPES // 2:
        return Trimmed("", problem="too much markup")
    most_tags = _ALL_TAGS if _weight(text) <= _ALL_LOOSE_TAGS or _is_well_formed(text) else _ALL_LOOSE_TAGS
    kept = _kept(entries[::-1] if from_the_end else entries, most, most_tags)
    if len(kept) == len(entries):
        return Trimmed(text)
    return Trimmed(head + "".join(kept[::-1] if from_the_end else kept) + tail, len(entries) - len(kept))


def _kept(entries: Sequence[str], most: int, most_tags: int) -> list[str]:
    kept: list[str] = []
    tags = escapes = 0
    for entry in entries:
        size, escaped, weight = entry.count("<"), entry.count("&"), _weight(entry)
        if len(kept) == most or tags + weight > most_tags or escapes + escaped > _MOST_ESCAPES:
            break
        if size <= _MOST_TAGS and not _is_deep(entry):
            kept.append(entry)
            tags += weight
            escapes += escaped
    return kept


def _weight(text: str) -> int:
    """How long a feed's parser takes, in tags. An empty element takes as long as one with an end, eight in CDATA as one."""
    bare = _NO_MARKUP.sub("", text)
    tags = bare.count("<")
    return tags + bare.count("/>") + (text.count("<") - tags) // 8


def _is_well_formed(text: str) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        return False
    return True


def _is_deep(text: str) -> bool:
    """Whether elements stand within one another without end. Elements that are never closed count, too."""
    if text.count("<") <= _DEEPEST:
        return False
    depth = 0
    for match in _TAG.finditer(text):
        if match[1] is None or match[0].endswith("/>") or match[2].lower() in _NEVER_CLOSED:
            continue
        depth = depth - 1 if match[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False
