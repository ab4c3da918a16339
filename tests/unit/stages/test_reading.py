"""reading.read: an entry and its page's answer become an article, or a reason."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.page import Failed, Request
from pipeline.stages.reading import ATTEMPTS, Read, Task, is_light, read
from tests.unit.stages.making import NOW, entry, page, queued

SENTENCE = "The council's pilot shows how a small language model can sort letters from residents before a clerk opens them. "
FULL = SENTENCE * 8
SUMMARY = "A pilot sorts letters."
GERMAN = "Die Gemeinde prüft seit dieser Woche, ob ein Sprachmodell die Briefe der Bürger ordnen kann, bevor sie jemand öffnet. "
PAGE = f"<html><body><article>{''.join(f'<p>{SENTENCE}{number}</p>' for number in range(8))}</article></body></html>".encode()
CONSENT = b"<html><body><p>We use cookies. Accept all cookies to continue, or change your cookie settings.</p></body></html>"
SCRIPT = b"<html><body><div id=app></div><script>render()</script></body></html>"
DEAD = Failed(Request("https://paper.example/a"), "host not found")
LAST = ATTEMPTS - 1


def task(answer, attempts=0, **said):
    return Task(queued(entry(**said), attempts=attempts), answer, NOW, "en")


def outcome(answer, attempts=0, **said):
    return read(task(answer, attempts, **said))


def test_a_page_that_answers_gives_the_article():
    given = read(task(page(PAGE), summary=SUMMARY, published=datetime(2026, 8, 28, 10, 30, tzinfo=UTC)))
    article = given.article
    assert (article.text_from, article.cut_off, article.title, article.language) == ("page", False, "A title", "en")
    assert (article.published, article.published_from, article.published_precision) == (
        datetime(2026, 8, 28, 10, 30, tzinfo=UTC), "feed", "minute"
    )  # fmt: skip
    assert article.word_count == len(article.text.split()) > 100
    assert (article.canonical_url, article.identity, article.host) == (
        "https://paper.example/a",
        "paper.example/a",
        "paper.example",
    )


def test_an_article_comes_with_its_features():
    counted = read(task(page(PAGE))).features
    assert (counted.title, counted.text_from) == ("a title", "page")
    assert len(counted.text.split()) > 100


def test_an_article_is_known_by_where_its_page_was_found():
    assert (
        outcome(page(PAGE, url="https://paper.example/moved?utm_source=x")).article.canonical_url == "https://paper.example/moved"
    )


def test_a_page_without_a_date_is_dated_by_its_address_else_by_when_it_was_seen():
    at_address = outcome(page(PAGE, url="https://paper.example/2026/08/20/a")).article
    assert (at_address.published, at_address.published_from) == (datetime(2026, 8, 20, tzinfo=UTC), "url")
    assert outcome(page(PAGE)).article.published_from == "first_seen"


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_is_skipped_even_where_the_feed_has_a_text(status):
    assert outcome(page(status=status), text=FULL) == Read(skipped="gone")


@pytest.mark.parametrize("status", [400, 401, 402, 403, 405, 406, 451])
def test_a_page_that_refuses_clients_leaves_the_text_of_the_feed_then_its_summary(status):
    refused = page(PAGE, status=status)
    assert (outcome(refused, text=FULL, summary=SUMMARY).article.text_from) == "feed"
    short = outcome(refused, summary=SUMMARY).article
    assert (short.text_from, short.text, short.cut_off) == ("summary", SUMMARY, True)
    assert outcome(refused) == Read(skipped="no text")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(page(status=500), "HTTP 500"), (page(status=429), "HTTP 429"), (page(b" "), "empty answer"), (DEAD, "host not found")],
)
def test_a_page_in_trouble_is_asked_for_again(answer, reason):
    assert outcome(answer, summary=SUMMARY) == Read(failed=reason)


def test_a_page_in_trouble_says_when_to_ask_again():
    assert outcome(page(status=503, retry_after="90")) == Read(failed="HTTP 503", retry_after="90")


@pytest.mark.parametrize("answer", [page(status=500), page(b""), DEAD])
def test_a_page_in_trouble_is_not_waited_for_where_the_feed_has_the_text(answer):
    assert outcome(answer, text=FULL).article.text_from == "feed"


@pytest.mark.parametrize("answer", [page(status=500), DEAD])
def test_the_last_attempt_is_content_with_the_summary(answer):
    assert outcome(answer, LAST - 1, summary=SUMMARY).failed
    assert outcome(answer, LAST, summary=SUMMARY).article.text_from == "summary"


def test_the_last_attempt_fails_where_there_is_no_summary_either():
    assert outcome(DEAD, LAST) == Read(failed="host not found")


@pytest.mark.parametrize("body", [CONSENT, SCRIPT])
def test_a_page_that_shows_clients_no_article_leaves_what_the_feed_gave(body):
    assert outcome(page(body), text=FULL).article.text_from == "feed"
    assert outcome(page(body), summary=SUMMARY).article.text_from == "summary"
    assert outcome(page(body)) == Read(skipped="no text")


def test_a_source_whose_pages_are_not_asked_for_lives_from_its_feed():
    assert outcome(None, text=FULL).article.text_from == "feed"
    assert outcome(None, summary=SUMMARY).article.text_from == "summary"
    assert outcome(None) == Read(skipped="no text")


def test_a_page_in_another_language_is_skipped_with_its_name():
    body = f"<html><body><article>{f'<p>{GERMAN}</p>' * 5}</article></body></html>".encode()
    assert outcome(page(body), summary=SUMMARY) == Read(skipped="language de")


def test_a_cookie_notice_in_another_language_does_not_cost_an_article_whose_text_the_feed_has():
    notice = "<p>Wir verwenden Cookies, um die Seite zu verbessern. Bitte stimmen Sie der Verwendung aller Cookies zu.</p>" * 3
    answer = page(f"<html><body>{notice}</body></html>".encode())
    assert outcome(answer, text=FULL).article.text_from == "feed"


def test_a_text_of_the_feed_in_another_language_is_skipped_with_its_name():
    assert outcome(None, text=GERMAN * 3) == Read(skipped="language de")
    assert outcome(page(status=403), summary=GERMAN * 2) == Read(skipped="language de")


def test_equal_texts_have_equal_hashes_whatever_their_typesetting():
    plain = outcome(None, text=FULL).article
    set_anew = outcome(None, text=FULL.upper().replace("'", "’").replace(" ", "  ")).article
    retitled = outcome(None, text=FULL, title="Another title").article
    assert (set_anew.text_hash, set_anew.content_hash) == (plain.text_hash, plain.content_hash)
    assert retitled.text_hash == plain.text_hash
    assert retitled.content_hash != plain.content_hash


def test_an_article_is_never_dated_after_it_was_seen():
    future = NOW.replace(year=2125)
    given = outcome(page(PAGE), published=future).article
    assert (given.published, given.published_from) == (NOW, "first_seen")


def test_only_a_dead_page_that_will_be_asked_for_again_is_light():
    assert is_light(task(DEAD, summary=SUMMARY))
    assert not is_light(task(DEAD, LAST, summary=SUMMARY))
    assert not is_light(task(DEAD, text=FULL))
    assert not is_light(task(page(PAGE)))


@pytest.mark.parametrize("answer", [page(PAGE), page(status=403), page(status=404), page(status=500), page(CONSENT), DEAD, None])
@pytest.mark.parametrize("attempts", [0, LAST])
@pytest.mark.parametrize("said", [{}, {"summary": SUMMARY}, {"text": FULL}])
def test_an_entry_leaves_as_an_article_with_features_or_with_one_reason(answer, attempts, said):
    given = read(task(answer, attempts, **said))
    assert (given.article is None) == (given.features is None)
    assert sum((given.article is not None, bool(given.skipped), bool(given.failed))) == 1
    assert given == read(replace(task(answer, attempts, **said)))
