"""Brackets in quoted attributes are written as entities, and no parser sees another document for it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from pipeline.stages.quoted import in_html, in_xml

PIECES = st.lists(
    st.sampled_from(
        ["<b", "<p ", "</b>", "<br/>", " a=", " b =", '"', "'", "x>y", "<", ">", "&gt;", "&", "word ", "=", " ", "\n", "c", "/"]
    )
    | st.sampled_from(['<i a=">"', "<i a='>' b", '<i a="<x>">', "<script>", "</script>", "<!--", "-->"]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a b="c>d">e>f</a>', '<a b="c&gt;d">e>f</a>'),
        ("<a b = 'c>d' e=\">\">", "<a b = 'c&gt;d' e=\"&gt;\">"),
        ("<a b='\">'>", "<a b='\"&gt;'>"),
        ("<!-- <a b='>'> -->", "<!-- <a b='>'> -->"),
        ("<a b=c'>d'>", "<a b=c'>d'>"),
        ("<a b='c>d", "<a b='c>d"),
        ("x='>' y", "x='>' y"),
    ],
)
def test_a_bracket_between_quotes_is_an_entity_and_no_other_is(before: str, after: str):
    assert in_html(before) == in_xml(before) == after


def test_scripts_stay_as_they_are_and_so_does_cdata():
    script = "<script>if (a<b && c=='>') d=\">\";</script><style>a[b='>']{}</style>"
    assert in_html(script) == script
    cdata = "<d><![CDATA[<a b='>'>]]></d>"
    assert in_xml(cdata) == cdata


@pytest.mark.parametrize(
    "page",
    [
        "<p><a href=/q?x=\"1>Read</a> and <b class='a>b'>more</b></p>",
        '<a href=\xa0"x>Read</a> and <b class="z">more</b>',
        '<a href=="x>Read</a> and <b class="z">more</b>',
        '<script>{"a":"</style><p class=\'a>b\'>"}</script>',
        *(f"<{name}><p class='a>b'></{name}><i c='>'>i</i>" for name in ("iframe", "xmp", "noframes", "textarea", "title")),
    ],
)
def test_what_only_looks_like_a_quoted_attribute_is_none(page: str):
    assert etree.tostring(html.fromstring(in_html(page))) == etree.tostring(html.fromstring(page))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "<style-x>",
        "<script/>",
        "<!-->",
        "<!-- --!>",
        "<title><!--</title>",
        "<textarea><script></textarea>",
        "<!--->",
        "<?x <!-- ?>",
    ],
)
def test_nothing_hides_a_tag_from_being_looked_at(before: str):
    assert in_html(f"{before}<p x='>' y>") == f"{before}<p x='&gt;' y>"
    assert in_html(f"{before}<p x={' ' * 200}'>' y>") == f"{before}<p x={' ' * 200}'&gt;' y>"


def test_what_is_no_xml_is_left_to_who_reads_it_all_the_same():
    assert in_xml('<a href="x>y</a><b c="d">') == '<a href="x>y</a><b c="d">'
    assert in_html('<a href="x>y</a><b c="d">') == '<a href="x&gt;y&lt;/a&gt;&lt;b c="d">'


@given(PIECES)
def test_a_page_is_to_its_parser_what_it_was(body: str):
    def seen(text: str) -> bytes:
        return etree.tostring(html.document_fromstring("<html><body><p>a</p>" + text))

    assert seen(in_html(body)) == seen(body)


@given(PIECES)
def test_xml_is_to_its_parser_what_it_was(body: str):
    def seen(text: str) -> bytes:
        try:
            return etree.tostring(etree.fromstring(f"<r>{text}</r>"))
        except etree.XMLSyntaxError:
            return b""

    assert seen(in_xml(body)) == seen(body)


@pytest.mark.parametrize(
    "piece",
    ['<b a="', "<b a='", "<b ", '=">', "='", "<!--", "<script>", "<![CDATA[", "<b a='\"", "<b =" + " " * 900, "= ", "<b a='>' "],
)
def test_nothing_takes_it_more_than_time_in_proportion(piece: str):
    for text in (piece * (300_000 // len(piece)), "<b a='>' c=\">\">" + piece * (300_000 // len(piece)) + "\"'"):
        for escape in (in_html, in_xml):
            began = time.process_time()
            escape(text)
            assert time.process_time() - began < 1
