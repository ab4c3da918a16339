"""Brackets inside quoted attributes are written as entities: then a tag ends at its first ">" for every pattern there is.

To a parser both are the same, unless the markup is broken beyond what anybody writes. All scans are linear: a quote that
nothing closes is looked for once, and taken as a letter.
"""

import re

# Where most pages stop: an attribute's value that has a bracket before its closing quote.
_SUSPECT_HTML = re.compile(r"=\s*+(?:\"[^\"<>]*+[<>]|'[^'<>]*+[<>])", re.ASCII)
_SUSPECT_XML = re.compile(r"=\s*+(?:\"[^\"<>]*+>|'[^'<>]*+>)", re.ASCII)
_VALUE = r"=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s<>]*+)"
_XML_VALUE = r"=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s<>]*+)"
OPAQUE = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"  # what holds no markup in XML; with DOTALL
# Comments, and tags up to their own ">"; of those whose content is no markup the content, too.
_HTML = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>])(?:[^<>=]++|{_VALUE})*+"
    rf"(?<!/)(?P<content>>.*?(?:</\1(?=[\s/>])|\Z))|</?[A-Za-z](?:[^<>=]++|{_VALUE})*+|<[!?/][^>]*+",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)
_XML = re.compile(rf"{OPAQUE}|<[^\s/<>!?\d](?:[^<>=]++|{_XML_VALUE})*+(?P<content>)", re.DOTALL | re.ASCII)
_A_VALUE = re.compile(_VALUE, re.ASCII)


def in_html(text: str) -> str:
    """A page's text with no bracket in a quoted attribute."""
    return _HTML.sub(_tag, text) if _SUSPECT_HTML.search(text) else text


def in_xml(text: str) -> str:
    """A feed's text with no ">" in a quoted attribute; where there is a "<", too, it is no XML, and stays as it is."""
    return _XML.sub(_tag, text) if _SUSPECT_XML.search(text) else text


def _tag(found: re.Match[str]) -> str:
    content = found["content"] or ""
    tag = found[0].removesuffix(content)
    if tag.startswith(("<!", "<?")) or not ("<" in tag[1:] or ">" in tag):
        return found[0]
    return _A_VALUE.sub(_value, tag) + content


def _value(found: re.Match[str]) -> str:
    return found[0].replace("<", "&lt;").replace(">", "&gt;")
