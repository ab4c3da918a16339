"""The glossary's Markdown as safe HTML: no raw HTML, links to http(s), mail and the site only, nothing loaded from elsewhere."""

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

_CONCEPT = re.compile(r"(?:\.{1,2}/)*([a-z0-9]+(?:-[a-z0-9]+)*)(?:\.md|/|/index\.html)?(#.*)?")
# Prose without a mark, line by line; most texts are that, and need no parser, which costs fifty times as much.
_LINE = r"[^\W\d_][^\\`*_\[\]<>&~|\n\r\t\0]*(?<!\s)"
_PROSE = re.compile(rf"{_LINE}(?:\n+{_LINE})*\n*")
_FIRST_HEADING = 3  # h1 is the page's name, h2 are its sections
_TABLE_OPEN = (
    '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'  # wide ones scroll by themselves, by keyboard too
)


class _Parser(MarkdownIt):
    """A parser that makes links of safe addresses only, and leaves others as the text they are."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 -- the library's name
        """Whether it leads to http(s), to mail, or to a place in this site."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        inside = not (parts.scheme or parts.netloc or ":" in parts.path.partition("/")[0])
        return inside or parts.scheme in {"http", "https", "mailto"}


class Markdown:
    """Renders texts of a glossary. Makes one parser, which costs more than a text."""

    def __init__(self, slugs: Collection[str] = (), renamed: Mapping[str, str] | None = None) -> None:
        """`slugs`: the concepts that relative links (`fine-tuning`, `fine-tuning.md`) may mean; `renamed`: by former slug."""
        moved = {former: slug for former, slug in (renamed or {}).items() if slug in slugs}
        self._slugs = moved | {slug: slug for slug in slugs}
        self._parser = _Parser("commonmark", {"html": False}).enable(["table", "strikethrough"])
        self._parser.add_render_rule("image", _described)
        self._parser.add_render_rule("table_open", lambda *_: _TABLE_OPEN)
        self._parser.add_render_rule("table_close", lambda *_: "</table></div>\n")

    def __call__(self, text: str) -> Markup:
        """The text as HTML whose headings begin at h3 and skip no level."""
        if _PROSE.fullmatch(text):
            paragraphs = re.split(r"\n{2,}", text.strip("\n"))
            return Markup("".join(f"<p>{escapeHtml(one)}</p>\n" for one in paragraphs))  # noqa: S704 -- just escaped
        tokens = self._parser.parse(text)
        _demote(tokens)
        for token in tokens:
            if "style" in token.attrs:  # a column's alignment; the pages' policy allows no style in an attribute
                token.attrSet("class", str(token.attrs.pop("style")).replace("text-align:", "to-"))
            self._link(token.children or ())
        # Safe: raw HTML is off, so that all of the text has been escaped by the renderer.
        return Markup(self._parser.renderer.render(tokens, self._parser.options, {}))  # noqa: S704

    def _link(self, tokens: Sequence[Token]) -> None:
        """Aims the links; of one to a file of a concept that is not there only the text stays."""
        lost = False
        for token in tokens:
            if token.type == "link_open":
                lost = not self._aim(token)
            if token.type in {"link_open", "link_close"}:
                token.hidden = lost

    def _aim(self, link: Token) -> bool:
        """Points a relative link at the concept's page; marks one that leaves the site. Whether it leads anywhere."""
        address = str(link.attrs.get("href", ""))
        found = _CONCEPT.fullmatch(address)
        if found and found[1] in self._slugs:
            link.attrSet("href", f"../{self._slugs[found[1]]}/index.html{found[2] or ''}")
            return True
        if address.lower().startswith(("http:", "https:")):
            link.attrSet("rel", "noopener external")
        parts = urlsplit(address)
        return bool(parts.scheme) or parts.path.startswith("/") or not parts.path.lower().endswith(".md")


def _demote(tokens: Sequence[Token]) -> None:
    """Makes each heading one level deeper than the heading it stands under, from h3 on, whatever levels were written."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(_FIRST_HEADING + len(above) - 1, 6)}"


def _described(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: object) -> str:  # noqa: ARG001
    """An image's description: a page loads nothing from other sites, and a glossary is text."""
    return f"<em>{Markup.escape(tokens[index].content)}</em>" if tokens[index].content else ""
