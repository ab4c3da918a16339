"""Markdown: what it becomes, what it cannot become, and that the short way for plain prose says the same as the parser."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.stages.showing import markdown
from pipeline.stages.showing.markdown import Markdown
from tests.unit.stages.showing.boxes import HOSTILE, texts

RENDERED = Markdown({"fine-tuning", "token"}, {"tuning": "fine-tuning", "token": "fine-tuning", "lost": "gone"})
TAGS = {
    "p", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "br", "div", "table", "thead", "tbody", "tr", "th", "td",
    "h3", "h4", "h5", "h6",
}  # fmt: skip
PIECES = [*"ab A.\n\n#*_`[]()<>!|-~&\\\"':/1 \t", "http://x", "javascript:", "<b>", "é"]
marks = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("", ""),
        ("One.\nTwo.\n\nThree.", "<p>One.\nTwo.</p>\n<p>Three.</p>\n"),
        ('A "b" & c.', "<p>A &quot;b&quot; &amp; c.</p>\n"),
        ("a *b* **c**", "<p>a <em>b</em> <strong>c</strong></p>\n"),
        ("x <b>y</b>", "<p>x &lt;b&gt;y&lt;/b&gt;</p>\n"),
        ("[a](https://x.example/?a=1&b=2)", '<p><a href="https://x.example/?a=1&amp;b=2" rel="noopener external">a</a></p>\n'),
        ("[a](mailto:a@b.example)", '<p><a href="mailto:a@b.example">a</a></p>\n'),
        ("[a](fine-tuning.md)", '<p><a href="../fine-tuning/index.html">a</a></p>\n'),
        ("[a](../token/#analogy)", '<p><a href="../token/index.html#analogy">a</a></p>\n'),
        ("[a](tuning.md#why)", '<p><a href="../fine-tuning/index.html#why">a</a></p>\n'),
        ("[a](../tuning)", '<p><a href="../fine-tuning/index.html">a</a></p>\n'),
        ("[a *b*](gone.md) [c](token)", '<p>a <em>b</em> <a href="../token/index.html">c</a></p>\n'),
        ("[a](lost.md) [b](../x/Notes.MD?raw#c)", "<p>a b</p>\n"),
        ("[a](/notes.md)", '<p><a href="/notes.md">a</a></p>\n'),
        ("[a](https://x.example/b.md)", '<p><a href="https://x.example/b.md" rel="noopener external">a</a></p>\n'),
        ("[a](notes.txt)", '<p><a href="notes.txt">a</a></p>\n'),
        ("![a plan](https://x.example/p.png)", "<p><em>a plan</em></p>\n"),
        ("![](https://x.example/p.png)", "<p></p>\n"),
        ("# A\n\n### B\n\n## C", "<h3>A</h3>\n<h4>B</h4>\n<h4>C</h4>\n"),
    ],
)
def test_a_text_becomes(written, becomes):
    assert RENDERED(written) == becomes


def test_a_table_can_be_scrolled_by_keyboard():
    found = html.fragment_fromstring(RENDERED("|a|b|\n|-|-|\n|1|2|"))
    assert (found.tag, found.get("tabindex"), found[0].tag) == ("div", "0", "table")


def test_a_columns_alignment_is_no_style_which_pages_forbid():
    assert '<th class="to-right">b</th>' in RENDERED("|a|b|\n|-|-:|\n|1|2|")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java&#10;script:alert(1)", "&#106;avascript:alert(1)", "vbscript:x", "file:///etc/passwd",
        "data:text/html,x", "//evil.example/", "https://[broken/",
    ],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_makes_no_link(address):
    found = html.fragment_fromstring(RENDERED(f"[a]({address}) <{address}>"), create_parent="div")
    assert [link for link in found.iter("a") if not re.match(r"https?:|[^:]*$", link.get("href"))] == []
    assert [link for link in found.iter("a") if link.get("href").startswith("//")] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    _is_safe(RENDERED(text))


@given(st.one_of(marks, texts))
def test_whatever_is_written_becomes_no_other_element_or_attribute(text):
    _is_safe(RENDERED(text))


def _is_safe(rendered):
    found = html.fragment_fromstring(str(rendered) or "<p></p>", create_parent="div")
    assert {one.tag for one in found.iter()} <= TAGS
    assert {name for one in found.iter() for name in one.attrib} <= {
        "href",
        "rel",
        "title",
        "class",
        "role",
        "aria-label",
        "tabindex",
        "start",
    }


@given(st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_headings_skip_no_level(levels):
    found = re.findall(r"<h(\d)>", RENDERED("\n\n".join(f"{'#' * level} x" for level in levels)))
    made = [int(one) for one in found]
    assert len(made) == len(levels)
    assert made[0] == 3
    assert all(after <= before + 1 for before, after in pairwise(made))


prose = st.text(
    st.one_of(
        st.sampled_from(list("ab Zé.,;:!?'\"()-–=+#$%^{}/1\n\n\v\f\x1c\x85\xa0\u2028")), st.characters(exclude_categories=["Cs"])
    ),
    max_size=60,
)


@given(st.one_of(prose, marks).map(lambda text: "A" + text))
def test_plain_prose_needs_no_parser(text):
    """The parser's word is the law, of which the short way is an abbreviation."""
    said = RENDERED(text)
    if markdown._PROSE.fullmatch(text):
        assert said == RENDERED._parser.render(text)


def test_most_of_a_glossary_is_plain_prose():
    assert markdown._PROSE.fullmatch(
        "Most models begin with pre-training: a network (with 2 layers) reads text,\nor code.\n\nIt's “done”; 10% left!"
    )
    assert not markdown._PROSE.fullmatch("A list:\n\n- one")
    assert not markdown._PROSE.fullmatch("A title\n=======")
