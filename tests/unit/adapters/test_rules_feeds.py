"""Feeds that lie: each test is a rule, played by a server on this machine."""

import pytest

from tests.servers import Answer, serving
from tests.unit.adapters.desk import HTML, Desk, item, rss, story
from tests.unit.adapters.making import HOUR, NOW

PAGES = [f"https://wire.example/{n}" for n in range(6)]
KNOWN = "SELECT canonical_url FROM article ORDER BY 1"


@pytest.fixture
def desk(database):
    return Desk(database)


def told(desk, *answers):
    """What comes of a feed that answers so, hour by hour."""
    found = []
    with serving() as site:
        desk.follow(site.url("/feed"))
        for hours, answer in enumerate(answers):
            site.routes["/feed"] = site.routes["/feed/"] = answer
            passed = desk.collect(NOW + hours * HOUR)
            found.append(passed.told() or [passed.poll.reason])
    return found


def listed(*order, guid="{}", version=""):
    """A feed of these pages, each with a guid."""
    return rss(
        *(
            item(PAGES[n], f"Title {n}", f"Report number {n}.", f"<guid isPermaLink='false'>{guid.format(n)}{version}</guid>")
            for n in order
        )
    )


def test_guids_that_change_make_nothing_new(desk):
    assert told(desk, listed(0, 1, 2, version="a"), listed(0, 1, 2, version="b")) == [["New"] * 3, ["Unchanged"] * 3]


def test_the_same_guid_for_all_makes_no_duplicates_of_them(desk):
    assert told(desk, listed(0, 1, 2, guid="same"), listed(0, 1, 2, 3, guid="same")) == [["New"] * 3, ["New", *["Unchanged"] * 3]]


def test_a_feed_that_is_reordered_has_nothing_new(desk):
    assert told(desk, listed(0, 1, 2, 3), listed(3, 1, 0, 2)) == [["New"] * 4, ["Unchanged"] * 4]


def test_a_feed_that_is_truncated_loses_nothing_and_tells_no_half_items(desk):
    whole = listed(0, 1, 2, 3)
    cut = [Answer(200, whole.body[: len(whole.body) * part // 9], whole.headers) for part in (3, 5, 7, 8)]
    first, *rest, last = told(desk, whole, *cut, listed(3), listed(0, 1, 2, 3, 4))
    assert first == ["New"] * 4
    assert all(set(one) <= {"Unchanged", "not a feed"} for one in rest)
    assert last == ["New", *["Unchanged"] * 4]
    assert desk.rows(KNOWN) == [(url,) for url in PAGES[:5]]


LIES = {
    "HTML": (b"<!doctype html><html><body><h1>We have moved</h1></body></html>", "a web page, not a feed"),
    "a login page": (b"<html><form action='/login'><input type='password'></form></html>", "login or consent page"),
    "a consent page": (b"<html><body><p>We use cookies.</p></body></html>", "login or consent page"),
    "nothing": (b"", "empty answer"),
    "JSON": (b'{"error": "rate limited"}', "not a feed"),
}


def test_a_feed_that_turns_into_html_or_a_login_page_is_a_failure_with_a_name_and_keeps_what_it_had(desk):
    with serving() as site:
        desk.follow(*(site.url(f"/{n}") for n in range(len(LIES))))
        site.routes = {f"/{n}": listed(n) for n in range(len(LIES))}
        assert desk.collect().told() == ["New"] * len(LIES)
        site.routes = {f"/{n}{end}": Answer(200, body, HTML) for n, (body, _) in enumerate(LIES.values()) for end in ("", "/")}
        polls = desk.collect(NOW + HOUR).polls
        assert [polls[f"s{n}"].reason for n in range(len(LIES))] == [name for _, name in LIES.values()]
        assert desk.rows(KNOWN) == [(url,) for url in PAGES[: len(LIES)]]
        site.routes = {f"/{n}": listed(n) for n in range(len(LIES))}
        assert {poll.status for poll in desk.collect(NOW + 2 * HOUR).polls.values()} == {"unchanged"}


def test_an_article_edited_after_publication_has_its_new_text_and_features(desk):
    words = "The harbour board has bought a crane that tells containers apart by their colour and by their weight. "
    with serving({"/a": story(), "/robots.txt": Answer(404)}) as site:
        site.routes["/feed"] = rss(item(site.url("/a"), "Attention heads"))
        desk.follow(site.url("/feed"), pages="fetch")
        assert desk.collect().told() == ["New"]
        before = desk.rows("SELECT text, content_hash, tokens FROM article JOIN features ON article_id = id")
        site.routes |= {"/a": story(words), "/feed": rss(item(site.url("/a"), "A crane, corrected"))}
        assert desk.collect(NOW + HOUR).told() == ["Changed"]
    (after,) = desk.rows("SELECT text, content_hash, tokens FROM article JOIN features ON article_id = id")
    assert words.strip() in after[0]
    assert not set(after) & set(before[0])
    assert desk.rows("SELECT title, canonical_url FROM article") == [("A crane, corrected", site.url("/a"))]
