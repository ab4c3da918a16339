"""What a page says of itself: its title without its site's name, its date from wherever it stands, whether it is an article."""

import pytest
from trafilatura import load_html

from pipeline.stages import heads
from pipeline.stages.dates import parse

SITE = '<meta property="og:site_name" content="The Daily Star">'


def read(head: str, body: str = "<p>Text</p>") -> heads.Head:
    return heads.read(load_html(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"), None)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<meta property="og:title" content="How it &amp; they count">', "<h1>Other words</h1>", "How it & they count"),
        (SITE + '<meta property="og:title" content="How it counts | The Daily Star">', "", "How it counts"),
        (SITE + '<meta property="og:title" content="How it counts - Now">', "", "How it counts - Now"),
        (SITE + "<title>Wrong</title>", "<h1>The Daily Star</h1><h1>How <b>it</b>\ncounts</h1>", "How it counts"),
        ("<title>How the model counts words - Some Blog</title>", "", "How the model counts words"),
        ("<title>How it counts</title>", "", "How it counts"),
        ('<script type="application/ld+json">{"headline": "How \\"it\\" counts",</script>', "", 'How "it" counts'),
        (SITE + "<title>The Daily Star</title>", "", ""),
        ("", "", ""),
    ],
)
def test_a_title_is_the_page_s_own_without_its_site_s_name(head: str, body: str, title: str):
    assert read(head, body + "<p>Text</p>").title == title


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        (
            '<script type="application/ld+json">{"@graph": [{"datePublished": "2026-05-01T10:00:00+02:00"}]}</script>',
            "",
            "2026-05-01 08",
        ),
        ('<meta itemprop="datePublished" content="2026-05-01">', "", "2026-05-01 00"),
        ("", '<article><time datetime="2026-05-01T08:00Z">May</time></article>', "2026-05-01 08"),
        ("", '<aside><time datetime="2026-05-01T08:00Z">May</time></aside>', ""),
        ('<script type="application/ld+json">{"datePublished": "soon", broken</script>', "", ""),
    ],
)
def test_a_date_is_found_wherever_it_may_stand(head: str, body: str, day: str):
    found = read(head, body + "<p>Text</p>").published
    assert (f"{found[0]:%Y-%m-%d %H}" if found else "") == day


def test_a_page_that_calls_itself_something_else_and_has_no_date_is_no_article():
    website = '<meta property="og:type" content="website">'
    assert not read(website).article
    assert read(website + '<meta itemprop="datePublished" content="2026-05-01">').article
    assert read("").article
    assert read('<meta property="og:type" content="article">').article


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-01T10:00:00Z", "2026-05-01 10"), ("2026-05-01 10:00:00", "2026-05-01 10"), ("2026-05-01", "2026-05-01 00"),
        ("Fri, 01 May 2026 10:00:00 GMT", "2026-05-01 10"), ("1777629600", "2026-05-01 10"), ("1777629600000", "2026-05-01 10"),
        ("1777629600.5", "2026-05-01 10"), ("", ""), ("yesterday", ""), ("99999999999999999", ""), ("0" * 13, "1970-01-01 00"),
    ],
)  # fmt: skip
def test_dates_are_read_as_lists_write_them(text: str, day: str):
    found = parse(text)
    assert (f"{found[0]:%Y-%m-%d %H}" if found else "") == day
