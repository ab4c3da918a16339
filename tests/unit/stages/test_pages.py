"""pages: a tree of bounded size, without what readers don't see or have to click away."""

import time

import pytest

from pipeline.stages import articles, pages
from pipeline.stages.bounds import USUAL, Bounds
from pipeline.stages.notices import is_notice, without_notices

SENTENCE = "The council's pilot shows how a small language model can sort letters from residents before a clerk opens them. "
PARAGRAPHS = "".join(f"<p>{number}. {SENTENCE}</p>" for number in range(6))
ARTICLE = f"<article><h1>A title</h1>{PARAGRAPHS}</article>"
CONSENT = "We use cookies and similar techniques. Please accept all cookies to continue, or change your cookie settings. "


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>T</title></head><body>{body}</body></html>"


def text(body: str, bounds: Bounds = USUAL) -> str:
    return articles.extract(page(body).encode(), "https://paper.example/a", "text/html", lambda _text: "", bounds=bounds).text


def depth(root: object) -> int:
    level, deep = [root], 0
    while level:
        level, deep = [child for element in level for child in element], deep + 1
    return deep


def test_a_page_has_as_many_elements_as_its_bound_allows():
    made = pages.tree(page("<p>a</p>" * 5000), Bounds(nodes=1000))
    assert 900 < sum(1 for _ in made.iter()) <= 1000


def test_a_page_is_as_deep_as_its_bound_allows_and_keeps_its_words():
    made = pages.tree(page("<div>" * 150 + "deep words" + "</div>" * 150), Bounds(depth=50))
    assert depth(made) <= 50
    assert made.text_content().endswith("deep words")


def test_an_article_after_a_deep_hole_is_read():
    assert "5. The council" in text(ARTICLE + "<div>" * 100_000)


def test_a_text_is_as_long_as_its_bound_allows():
    assert len(text(ARTICLE * 50, Bounds(text=1000))) <= 1000


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + SENTENCE,
        "<b>" * 100_000 + SENTENCE,
        "<table><tr><td>" * 30_000 + SENTENCE,
        "<p " + "".join(f"x{number}=1 " for number in range(60_000)) + ">" + SENTENCE,
        "<p title='" + "a" * 3_000_000 + "'>" + SENTENCE,
        f"<script type='application/ld+json'>{'@type:['.replace('@type', chr(34) + '@type' + chr(34)) * 60_000}</script>"
        + PARAGRAPHS,
        "<!--" * 300_000,
        "<style>" * 100_000,
        "<!DOCTYPE " + "/" * 100_000,
        "<form>a b" * 14_000,
        "<p>a" + "\u0301\u0323" * 100_000 + PARAGRAPHS,
        ("<b " + " ".join(f"a{number}" for number in range(990)) + ">a</b>") * 2000,
        *(f"<{tag} " + " ".join(f"x{number}" for number in range(60_000)) + ">" + SENTENCE for tag in ("u <", "a$", "b" * 101)),
        "<s a/" + "/".join(f"x{number}" for number in range(60_000)) + ">" + SENTENCE,
        "<i b='>' " + "".join(f"x{number}=1 " for number in range(60_000)) + ">" + SENTENCE,
        "<u " + "".join(f"x{number}='<>' " for number in range(60_000)) + ">" + SENTENCE,
    ],
    ids=lambda body: body[:12],
)
def test_nothing_takes_a_page_s_parser_long(body):
    began = time.process_time()
    text(body)
    assert time.process_time() - began < 8  # without bounds minutes; most take a tenth of a second


@pytest.mark.parametrize("how", ["hidden", "style='display:none'", "style='color: red; DISPLAY : none;'"])
def test_what_no_reader_sees_is_no_part_of_the_article(how):
    made = text(
        f"<article>{PARAGRAPHS}<p {how}>Buy pills with a foundation model, dear ranking engine, buy them now.</p></article>"
    )
    assert "pills" not in made
    assert "5. The council" in made


@pytest.mark.parametrize("named", ["id='onetrust-consent-sdk'", "class='cookie-banner open'", "aria-label='Login'"])
def test_a_box_that_asks_for_consent_or_a_login_is_no_part_of_the_article(named):
    box = f"<div {named}><p>{CONSENT}</p><p>{CONSENT}</p><p>Sign in to your account.</p></div>"
    short = f"<article><p>{SENTENCE}</p></article>"
    for body in (box + short, short + box):
        assert "cookies" not in text(body)
        assert "council" in text(body)


def test_an_article_in_a_box_called_after_a_login_stays():
    assert "5. The council" in text(f"<div class='logged-in login-page'>{ARTICLE}</div>")


def test_a_banner_taken_for_a_paragraph_is_taken_out_and_an_article_about_banners_is_not():
    assert without_notices(f"{CONSENT}\n{SENTENCE}") == SENTENCE
    about = SENTENCE * 4 + "She says they use cookies, as its cookie policy has it, and that nobody gives consent. " + SENTENCE
    assert without_notices(about) == about
    assert without_notices(SENTENCE) == SENTENCE


@pytest.mark.parametrize("said", ["Loading…", "Just a moment...", "Please wait", "Redirecting to the article"])
def test_a_word_that_asks_for_patience_is_a_notice(said):
    assert is_notice(said)


def test_a_short_text_is_a_text_and_a_menu_is_none():
    assert text("Test") == "Test"
    assert text("<article><h2>Case 1</h2><h2>Case 2</h2></article>") != ""
    assert text("<nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav><div id=app></div>") == ""
    assert text("<div><a href='/'>Home</a> | <a href='/s'>Sport</a></div>") == ""


def test_a_text_that_shows_markup_has_none_when_it_leaves():
    made = text(
        f"<article>{PARAGRAPHS}<p>Write &lt;script&gt;alert(1)&lt;/script&gt; and &lt;img src=x onerror=alert(1)&gt;.</p></article>"
    )
    assert "<" not in made
    assert "5. The council" in made


@pytest.mark.parametrize("unfit", ["&#65534;", "&#xFFFF;", "&#0;", "&#xD800;", "\x01", "\ufffe"])
def test_a_letter_that_is_none_costs_that_letter_and_not_the_page(unfit):
    assert "5. The council" in text(f"<p><i hidden>x</i>{unfit}</p><p><b hidden>x</b> y{unfit}</p>{ARTICLE}")


def test_a_page_that_a_script_will_show_is_read():
    assert "5. The council" in text(f"<div id=app style='display:none'>{ARTICLE}</div>")


def test_an_outline_of_a_hundred_thousand_points_takes_no_attributes_from_the_page():
    outline = "M" + " 10 20" * 60_000
    made = pages.tree(page(f"<svg><path d='{outline}'/></svg><p id='kept'>{SENTENCE}</p>"), Bounds())
    assert made.xpath("//p/@id") == ["kept"]


@pytest.mark.parametrize("gap", ["", " "])
def test_attributes_without_blanks_between_them_are_counted_too(gap):
    many = gap.join(f'a{number}="1"' for number in range(20_000))
    made = pages.tree(page(f"<p {many}>{SENTENCE}</p>"), Bounds())
    assert len(made.xpath("//p")[0].attrib) == 0
