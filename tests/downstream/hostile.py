"""What strangers may write into a feed, a page or a name: each with the bundled sample's articles around it, so that it is linked."""

import html
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

from tests import sample
from tests.conftest import ROOT, Site
from tests.servers import Answer, serving

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
# As they stand in the XML of a feed's title, after a headline.
TITLES = {
    "a script": escape(SCRIPT),
    "a script, escaped twice": escape(escape(SCRIPT)),
    "a script, escaped three times": escape(escape(escape(SCRIPT))),
    "a script in CDATA": f"<![CDATA[{SCRIPT}]]>",
    "an element within the title": f"<b xmlns='http://www.w3.org/1999/xhtml'>{SCRIPT}</b>",
    "an image that breaks out": escape(IMAGE),
    "quotes": """&quot;&apos; onmouseover=&quot;alert(1)&quot; x='""",
    "an unfinished tag": "&lt;img src=x onerror=alert(1) ",
    "a comment": "--&gt;&lt;!-- &lt;/title&gt;&lt;/a&gt;&lt;/script&gt;",
    "the end of CDATA": "]]&gt;]]&gt;",
    "a template": "{{ 7*7 }} {% raise %} ${7*7} #{7*7} &lt;%= 7*7 %&gt;",
    "writing turned round": "\u202egnp.exe\u2066\u2067 \u200f",
    "NUL and other controls": "a&#0;b\x01\x1b[31m&#x1b;&#x7f;&#x85;\u2028\u2029",
    "half a character": "&#55357; &#xfffe; \ufffd",
    "emoji": "\U0001f916\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 e\u0301\u0301\u0301\u0301",
    "a very long word": "A" * 10_000,
    "very many words": "very long " * 1_000,
    "an address": "javascript:alert(1) data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;",
}
LINKS = (
    "javascript:alert(1)", " JaVaScRiPt:alert(1)", "java&#10;script:alert(1)", "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:msgbox(1)", "file:///etc/passwd", "//", "https://", "http://[::1", "mailto:a@b.example", "blob:https://a.example/1",
)  # fmt: skip
NAMES = (SCRIPT, IMAGE, "Rock & Roll \"'`", "{{ 7*7 }}", "أخبار", "]]>", "N" * 120, "--><!--")

# What an editor's own file may hold: names and texts are no markup either, and Markdown is without HTML.
CONCEPT = f"""---
name: {json.dumps(IMAGE + " model")}
aliases: [{json.dumps(SCRIPT)}, "\\u2028{{{{ 7*7 }}}}", "'"]
definition: {json.dumps(f"A foundation model </script>{SCRIPT} that is trained once --> and adapted {IMAGE} to many tasks.")}
added: 2026-05-17
related: [foundation-model]
---
{SCRIPT} {IMAGE} A foundation model is trained once, and <b onclick="alert(1)">adapted</b> to [many](javascript:alert(1)) tasks
&lt;script&gt;alert(1)&lt;/script&gt; [by](data:text/html,<script>alert(1)</script>) those <javascript:alert(1)> who need it.

## Analogy
[a]: javascript:alert(1) "{SCRIPT}"
A [school-leaver][a] `{SCRIPT}` may learn any trade.
"""


def linked(unbroken: Site) -> list[sample.Piece]:
    """Articles of the sample that are in boxes, one a title."""
    urls = [url for (url,) in unbroken.rows("SELECT DISTINCT url FROM concept_news WHERE text_from = 'page' ORDER BY url")]
    by_url = {sample.address(outlet, piece): piece for outlet in sample.outlets() for piece in sample.pieces(outlet["slug"])}
    found = [by_url[url] for url in urls if url in by_url]
    assert len(found) >= len(TITLES)
    return found


def feed(address: str, number: int, piece: sample.Piece, title: str) -> bytes:
    """A feed of one article with a hostile title and author, and of items that lead nowhere good."""
    bad = "".join(
        f"<item><title>{escape(piece.title)}, again</title><link>{link}</link><guid isPermaLink='true'>{link}</guid></item>"
        for link in LINKS
    )
    item = (
        f"<item><title>{escape(piece.title)} {title}</title><link>{address}/{number}</link>"
        f"<guid isPermaLink='false'>{escape(IMAGE)}{number}</guid><author>{escape(SCRIPT)}</author>"
        f"<dc:creator>{escape(IMAGE)}\u202e</dc:creator><category>{escape(SCRIPT)}</category>"
        f"<pubDate>{piece.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{title}</description></item>"
    )
    head = f"<title>{title}</title><link>javascript:alert(1)</link>"
    made = f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel>{head}{item}{bad}</channel></rss>"
    return made.encode("utf-8", "surrogatepass")


def page(piece: sample.Piece) -> bytes:
    """Its page: the words of the article, with markup as text among them, and links that should not be believed."""
    outlet = {"name": SCRIPT, "homepage": "https://wire.example/"}
    first, *rest = piece.paragraphs
    made = sample.page(outlet, replace(piece, paragraphs=[f"{first} {SCRIPT} {IMAGE}\u202e\x00", *rest]))
    here = sample.address(outlet, piece)
    return made.replace(f'href="{here}"', f'href="javascript:alert(1)//{html.escape(IMAGE)}"').encode()


@contextmanager
def world(unbroken: Site, folder: Path) -> Iterator[Site]:
    """A site that follows one outlet for each hostile title; their server runs until the block ends."""
    shutil.copytree(ROOT / "config" / "concepts", folder / "concepts")
    (folder / "concepts" / "hostile.md").write_text(CONCEPT)
    with serving() as host:
        tables = []
        for number, (piece, title) in enumerate(zip(linked(unbroken), TITLES.values(), strict=False)):
            headers = {"Content-Type": "application/rss+xml; charset=utf-8"}
            host.routes[f"/feed{number}"] = Answer(body=feed(host.url(""), number, piece, title), headers=headers)
            host.routes[f"/{number}"] = Answer(body=page(piece), headers={"Content-Type": "text/html; charset=utf-8"})
            name = json.dumps(f"{NAMES[number % len(NAMES)]} {number}", ensure_ascii=False)
            tables.append(
                f'[[sources]]\nslug = "s{number}"\nname = {name}\nhomepage = "https://s{number}.example/?a=1&b=%22"\n'
                f'feeds = ["{host.url(f"/feed{number}")}"]\n'
            )
        (folder / "sources.toml").write_text("\n".join(tables))
        yield Site(folder)
