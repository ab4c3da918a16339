"""text: clean once, plain, and on one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.text import clean, digest, folded, one_line, plain

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
anything = st.text(
    st.characters(exclude_categories=()) | st.sampled_from("\x00\r\n\t\xad\xa0\ufeff\u0301\u212b" + BIDI), max_size=80
)
markups = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "<script>", "</script>", "<!--", "-->", "&lt;", "&amp;", "&#0;", "&#x202e;", "&#xD800;"]
    )
    | st.text(max_size=8),
    max_size=12,
).map("".join)


def wrong(text):
    return [
        letter
        for letter in text
        if letter != "\n" and (unicodedata.category(letter) in {"Cc", "Cs"} or letter in BIDI + "\ufeff")
    ]


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\x00b", "a b"),
        ("a\tb  c\xa0d", "a b c d"),
        ("one\r\ntwo\rthree\n\n\nfour", "one\ntwo\nthree\nfour"),
        ("  \n edge \n ", "edge"),
        ("left\u202eright", "left right"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("\ufeffmark", "mark"),
        ("cafe\u0301", "café"),
        ("\u212b", "Å"),
        ("founda\xadtion model", "foundation model"),
        ("", ""),
    ],
)
def test_clean_text_has_no_character_that_hides_reorders_or_breaks(given_text, expected):
    assert clean(given_text) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("no markup at all", "no markup at all"),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a <a href='https://x.example/?a=1&amp;b=2'>link</a> inside", "a link inside"),
        ("<em>AI</em>'s week, <b>again</b>.", "AI's week, again."),
        ("before<script>alert('<p>no</p>')</script>after", "before after"),
        ("<style>p { color: red }</style>kept", "kept"),
        ("kept <SCRIPT>never closed", "kept"),
        ("a<!-- hidden <b>words</b> -->b", "a b"),
        ("Fish &amp; chips", "Fish & chips"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("<p>R&amp;amp;D</p>", "R&D"),
        ("caf&eacute; &#8212; &#x2014;", "café — —"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("3 &lt; 4", "3 < 4"),
        ("AT&T", "AT&T"),
        ("nothing&#0;hidden&#x202e;here", "nothing�hidden here"),
        ("<![CDATA[A <b>bold</b> title]]>", "A bold title"),
        ("&lt;![CDATA[A title]]&gt;", "A title"),
        ("<scr<script>ipt>alert(1)</scr</script>ipt>", ""),
        ("<\u200bscript>alert(1)</script>", "alert(1)"),
        ("<\u200bimg src=x onerror=alert(1)>up", "up"),
        ("up <img src=x onerror=alert(1) ", "up"),
        ("up <script src='<", "up"),
        ("if a <b then", "if a <b then"),
    ],
)
def test_html_becomes_plain_text(markup, expected):
    assert plain(markup) == expected


def test_one_line_folds_lines_and_cuts_at_a_word():
    assert one_line("a\nb\n\nc") == "a b c"
    assert one_line("four five six", longest=13) == "four five six"
    assert one_line("four five sixes", longest=13) == "four five…"
    assert one_line("x" * 20, longest=13) == "x" * 12 + "…"


def test_folded_texts_differ_in_words_only():
    assert folded("The “Model”, re-read!") == folded("the model reread")
    assert folded("models") != folded("model")


def test_letters_keep_their_marks_and_a_letter_of_a_thousand_marks_keeps_some():
    assert clean("e\u0301 Việt Nam हिन्दी") == "é Việt Nam हिन्दी"
    assert len(clean("a" + "\u0301\u0323" * 500)) < 40


def test_a_digest_tells_where_a_text_ends():
    assert digest("a", "b") == digest("a", "b")
    assert digest("a", "b") != digest("ab")
    assert digest("\ud800") != digest("")


@given(anything)
def test_no_control_or_bidi_character_survives_cleaning(text):
    assert wrong(clean(text)) == []


@given(anything | markups)
def test_no_control_or_bidi_character_survives_in_plain_text(markup):
    assert wrong(plain(markup)) == []


@given(anything)
def test_clean_text_is_clean_already(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n\n" not in once


@given(anything, st.integers(2, 40))
def test_one_line_is_never_longer_than_asked_and_has_one_line(text, longest):
    line = one_line(text, longest)
    assert len(line) <= longest
    assert "\n" not in line
    assert one_line(line, longest) == line
