"""A page's bytes become a tree of bounded size, without what readers don't see or have to click away."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from pipeline.stages import charsets, quoted
from pipeline.stages.bounds import BREAKS, Bounds
from pipeline.stages.notices import speaks_of
from pipeline.stages.text import clean

_ELEMENT = re.compile(r"<[A-Za-z]")
_LONG_TAG = re.compile(r"<([A-Za-z][^\s/>]{0,99}+)[^>]{4000,}+(?:>|\Z)")
_ATTRIBUTE = re.compile(r"[\s\"'/][^\s/>]")
_VALUE = re.compile(
    r"(?<=[^\s\"'=<>/])\s{0,9}=\s{0,9}(?:\"[^\"]*\"|'[^']*')"
)  # its words are no attributes: an outline has thousands
_MOST_ATTRIBUTES = 1000  # libxml2 compares each of a tag's attributes with every other
# The extractor's own pattern for document types takes the square of one's length.
_LONG_DOCTYPE = re.compile(r"\s*+<\s?!\s?doctype[^>]{500,}", re.IGNORECASE)
_TAG = re.compile(r"<([A-Za-z][^\s/>]{0,99}+)[^>]{30,}+>")
_ALL_ATTRIBUTES = 100_000  # of a page: of 528 pages the largest has 14,000; a million take a gigabyte
_MANY_ELEMENTS, _MUCH_TEXT = 3_000, 500_000  # elements; characters
_MOST_SPANS = 500  # cells of a table that are wider or higher than one: the extractor makes a hundred of each
_BOXES = "//body//*[self::div or self::section or self::aside or self::dialog or self::form or self::header or self::footer]"
_ABOUT_CONSENT = re.compile(
    r"cookie|consent|gdpr|ccpa|onetrust|didomi|usercentrics|cmp(?:box|-|_)|qc-cmp|sp_message|truste|login|signin|sign-in|log-in"
    r"|paywall|regwall|captcha|overlay|modal|popup|banner",
    re.IGNORECASE,
)
_LONGEST_SCRIPT = 200_000  # characters
_LARGEST_BOX = 2000  # characters: what is longer is the page, whatever it is called
_HIDDEN = "//body//*[@hidden or contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')]"


def tree(text: str, bounds: Bounds) -> Any:
    """The page as lxml has it, with so many elements, so deep, at most; None where it is no HTML. Raises nothing."""
    from trafilatura import load_html

    text = quoted.in_html(_cut(charsets.fit_for_xml(text), bounds.nodes))
    text = _unburdened(_LONG_TAG.sub(_bare, text))
    doctype = _LONG_DOCTYPE.match(text)
    try:
        made = load_html("<!DOCTYPE html" + text[doctype.end() :] if doctype else text)
    except BREAKS:
        return None
    if made is not None:
        _flatten(made, bounds.depth)
        if len(text) > 5 * bounds.text:
            _shorten(made, 5 * bounds.text)
    return made


def _cut(text: str, most: int) -> str:
    """The text up to its element number `most`: a page of more is a list of things, or an attack."""
    if text.count("<") <= most:
        return text
    for number, match in enumerate(_ELEMENT.finditer(text)):
        if number == most:
            return text[: match.start()]
    return text


def _bare(tag: re.Match[str]) -> str:
    """A tag without its attributes where they are very many; a long one (a picture's data) is harmless."""
    return f"<{tag[1]}>" if _count(tag[0]) > _MOST_ATTRIBUTES else tag[0]


def _count(tag: str) -> int:
    """Attributes of a tag, roughly."""
    return sum(1 for _ in _ATTRIBUTE.finditer(_VALUE.sub("= ", tag)))


def _unburdened(text: str) -> str:
    """The text with no attributes at all where they are more than any page's."""
    if len(text) < 2 * _ALL_ATTRIBUTES:
        return text
    counted = accumulate(_count(tag[0]) for tag in _TAG.finditer(text))
    return _TAG.sub(r"<\1>", text) if any(count > _ALL_ATTRIBUTES for count in counted) else text


def _shorten(root: Any, longest: int) -> None:
    """Cut, in place, running text behind its first `longest` characters."""
    left = longest
    for node in root.iter():
        if node.text and isinstance(node.tag, str) and node.tag not in {"script", "style"}:
            if len(node.text) > left:
                node.text = node.text[:left]
            left -= len(node.text)
        if node.tail:
            if len(node.tail) > left:
                node.tail = node.tail[:left]
            left -= len(node.tail)


def without_spans(root: Any) -> None:
    """Make, in place, cells as wide as one where very many are wider: the extractor makes up to a hundred of each."""
    wide = root.xpath("//*[@colspan or @rowspan]")
    for cell in wide if len(wide) > _MOST_SPANS else ():
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)


def is_large(root: Any) -> bool:
    """Whether a page has so many elements, or so much text, that it is read by what takes time in proportion only."""
    return sum(1 for _ in root.iter()) > _MANY_ELEMENTS or len("".join(root.itertext())) > _MUCH_TEXT


def _flatten(root: Any, deepest: int) -> None:
    """Make elements that stand too deep into their text."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth == deepest:
            for element in level:
                words = "".join(element.itertext())
                del element[:]
                element.text = words
            return
        level = [child for element in level for child in element if isinstance(child.tag, str)]


def without_boxes(root: Any) -> None:
    """Take out, in place, small boxes that are called after consent or login, and speak of it."""
    for element in list(_about_consent(root)):
        if element.getparent() is not None:
            element.drop_tree()


def _about_consent(root: Any) -> Iterator[Any]:
    for element in root.xpath(_BOXES):
        named = f"{element.get('id', '')} {element.get('class', '')} {element.get('aria-label', '')}"
        if _ABOUT_CONSENT.search(named):
            words = "".join(element.itertext())
            if len(words) <= _LARGEST_BOX and speaks_of(words):
                yield element


def without_endless_scripts(root: Any) -> None:
    """Empty, in place, scripts that are longer than any that describes an article."""
    for script in root.iter("script"):
        if len(script.text or "") > _LONGEST_SCRIPT:
            script.text = None


def without_hidden(root: Any) -> None:
    """Take out, in place, what no reader sees; not most of the page, which a script will show."""
    most = len("".join(root.itertext())) // 2
    for element in root.xpath(_HIDDEN):
        if element.getparent() is not None and len("".join(element.itertext())) <= most:
            element.drop_tree()


def is_menu(root: Any, text: str) -> bool:
    """Whether a short text is made of a page's navigation: links that lead somewhere."""
    links = root.xpath("//nav//text() | //a[@href][not(starts-with(@href, 'javascript:'))]//text() | //menu//text()")
    of_links = set(clean(" ".join(links)).casefold().split())
    return all(word in of_links or not word.isalnum() for word in text.casefold().split())
