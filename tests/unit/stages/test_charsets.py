"""charsets: what the bytes bear out counts; what was lost is counted."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.charsets import decoded, garbled

LATIN = "Zoë said the café was “naïve”; señor, très élégant."
SAMPLES = {
    "gb2312": "人工智能是计算机科学的一个分支，它试图了解智能的实质。",
    "gbk": "联通 人工智能",
    "big5": "人工智慧是計算機科學的一個分支，它試圖了解智慧的實質。",
    "shift_jis": "人工知能は、計算機科学の一分野です。新しいモデルが発表されました。",
    "euc_jp": "人工知能は、計算機科学の一分野です。新しいモデルが発表されました。",
    "iso-2022-jp": "人工知能は、計算機科学の一分野です。",
    "euc-kr": "인공지능은 컴퓨터 과학의 한 분야이다. 새로운 모델이 발표되었다.",
    "windows-1251": "Искусственный интеллект — раздел информатики.",
    "koi8-r": "Искусственный интеллект, раздел информатики.",
    "iso-8859-7": "Η τεχνητή νοημοσύνη είναι κλάδος της πληροφορικής.",
    "iso-8859-2": "Zażółć gęślą jaźń.",
    "windows-1252": LATIN,
}
UNLABELLED = ("gb2312", "big5", "shift_jis", "euc_jp", "euc-kr", "windows-1251", "koi8-r", "iso-8859-7", "windows-1252")


def html(text: str, charset: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body><p>{text}</p></body></html>".encode(charset)


@pytest.mark.parametrize("charset", SAMPLES)
@pytest.mark.parametrize("where", ["header", "xml", "meta"])
def test_text_is_read_by_the_charset_that_header_declaration_or_meta_names(charset, where):
    declared = f"<?xml version='1.0' encoding='{charset}'?>".encode() if where == "xml" else b""
    body = declared + html(SAMPLES[charset], charset, f'<meta charset="{charset}">' if where == "meta" else "")
    header = f"text/html; charset={charset}" if where == "header" else "text/html"
    assert SAMPLES[charset] in decoded(body, header).text


@pytest.mark.parametrize("charset", UNLABELLED)
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8", "text/html; charset=no-such-thing"])
def test_text_without_a_label_or_with_one_that_cannot_be_is_told_by_its_looks(charset, header):
    assert SAMPLES[charset] in decoded(html(SAMPLES[charset], charset), header).text


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-8"])
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=iso-8859-1"])
def test_a_byte_order_mark_is_believed_and_is_no_part_of_the_text(charset, header):
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-le": codecs.BOM_UTF32_LE}.get(
        charset, codecs.BOM_UTF8
    )
    assert decoded(mark + html(LATIN, charset), header).text == html(LATIN, "utf-8").decode()


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8", "text/html; charset=utf-16"])
def test_utf_16_without_a_mark_is_told_by_its_zeros(charset, header):
    assert decoded(html(LATIN, charset), header).text == html(LATIN, "utf-8").decode()


@pytest.mark.parametrize(
    "said",
    ["iso-8859-1", "windows-1251", "us-ascii", "utf-16", "shift_jis", "utf-7", "base64", "unicode_escape", "idna", "x" * 99],
)
def test_utf_8_is_utf_8_whatever_it_is_called(said):
    assert LATIN in decoded(html(LATIN, "utf-8"), f"text/html; charset={said}").text


def test_a_broken_letter_in_utf_8_costs_that_letter():
    body = html(LATIN * 5, "utf-8") + "é".encode()[:1]
    assert LATIN * 5 in decoded(body, "text/html; charset=utf-8").text


def test_one_foreign_letter_is_read_as_it_was_meant():
    assert "café" in decoded(b"<p>caf\xe9</p>", "text/html; charset=utf-8").text
    assert "it’s" in decoded(b"<p>it\x92s</p>", "text/html; charset=iso-8859-1").text


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        (LATIN, 0),
        ("Ångström, São Paulo, Âge, Ã la", 0),
        (LATIN.encode().decode("cp1252", "replace"), 6),
        ("caf\ufffd", 1),
        ("", 0),
    ],
)
def test_mojibake_is_counted(text, letters):
    assert garbled(text) >= letters
    assert bool(garbled(text)) == bool(letters)


@given(
    st.binary(max_size=200), st.sampled_from(["", "text/html; charset=gb18030", "text/html; charset=utf-16", "x; charset=utf-7"])
)
def test_any_bytes_become_text_that_can_be_written_down(body, header):
    decoded(body, header).text.encode()


@given(st.text(max_size=60))
def test_utf_8_comes_through_unharmed(text):
    body = text.encode("utf-8", "replace")
    if not body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_BE)) and b"\0" not in body:
        assert decoded(b"<p>" + body, "text/html; charset=utf-8").text == "<p>" + body.decode()
