"""Rulebook and Way: robots.txt along the redirects of a page, through Minding."""

import pickle
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from models.host import Robots
from models.page import Failed, Hop, Page, Request
from models.settings import Settings
from pipeline.flow.minding import Minding, Remembered
from pipeline.flow.rulebook import Rulebook, Way
from pipeline.stages import robots
from tests.fakes import page

NOW = datetime(2026, 8, 31, 18, tzinfo=UTC)
HOST, OTHER = "https://paper.example", "https://wire.example"
A, B = f"{HOST}/a", f"{OTHER}/b"
FORBIDS = "User-agent: *\nDisallow: /b"


@dataclass
class Led:
    """Fetch that follows redirects as the real one does: it asks the request's `may` before each hop."""

    pages: dict[str, Page | str]
    asked: list[str] = field(default_factory=list)

    def __call__(self, requests):
        for request in requests:
            yield self.answer(request)

    def answer(self, request):
        url, hops = request.url, []
        while True:
            self.asked.append(url)
            found = self.pages.get(url, "host not found")
            if isinstance(found, str):
                return Failed(request, found, requests=len(hops), at=url)
            if not found.hops:
                return replace(found, request=request, requests=len(hops) + 1, hops=tuple(hops))
            hops += found.hops
            url = found.hops[0].location
            if request.may and (wrong := request.may(url)):
                return Failed(request, wrong, at=url, requests=len(hops))


def leads(url, target):
    return {url: page(url, "", 302, hops=(Hop(url, 302, target),))}


def said(origin, rules="", status=200, **more):
    return {f"{origin}/robots.txt": page(f"{origin}/robots.txt", rules, status, **more)}


def get(web, *urls, hosts=None, **more):
    asked = (Request(url, key=number) for number, url in enumerate(urls))
    minding = Minding(web, hosts or Remembered(), Settings(), NOW, elapsed=lambda: 0.0, **more)
    return sorted(minding(asked), key=lambda answer: answer.request.key)


def told(answer):
    return answer.reason if isinstance(answer, Failed) else answer.status


def test_a_redirect_to_what_the_same_robots_txt_forbids_is_not_followed():
    web = Led(said(HOST, FORBIDS) | leads(A, f"{HOST}/b") | {f"{HOST}/b": page(f"{HOST}/b", "b")})
    (answer,) = get(web, A)
    assert (answer.reason, answer.at, answer.requests) == ("robots.txt", f"{HOST}/b", 2)
    assert web.asked == [f"{HOST}/robots.txt", A]


def test_robots_txt_of_another_origin_is_asked_for_before_a_redirect_is_followed_there():
    web = Led(said(HOST) | said(OTHER) | leads(A, B) | {B: page(B, "b")})
    (answer,) = get(web, A)
    assert (answer.status, answer.requests) == (200, 5)  # what the first exchange has cost is counted, and each robots.txt
    assert web.asked == [f"{HOST}/robots.txt", A, f"{OTHER}/robots.txt", A, B]


def test_a_page_is_not_asked_for_again_where_the_other_origin_forbids_it():
    web = Led(said(HOST) | said(OTHER, FORBIDS) | leads(A, B) | {B: page(B, "b")})
    (answer,) = get(web, A)
    assert (answer.reason, answer.at, answer.requests) == ("robots.txt", B, 3)
    assert web.asked == [f"{HOST}/robots.txt", A, f"{OTHER}/robots.txt"]


def test_what_is_known_of_another_origin_is_not_asked_for():
    hosts = Remembered()
    hosts.learned(Robots(OTHER, NOW, NOW + timedelta(days=1), FORBIDS, copied_at=NOW))
    web = Led(said(HOST) | leads(A, B) | {B: page(B, "b")})
    assert [told(answer) for answer in get(web, A, hosts=hosts)] == ["robots.txt"]
    assert web.asked == [f"{HOST}/robots.txt", A]


def test_the_second_page_that_is_led_to_an_origin_goes_there_at_once():
    web = Led(said(HOST) | said(OTHER) | leads(A, B) | leads(f"{HOST}/c", B) | {B: page(B, "b")})
    minding = Minding(web, Remembered(), Settings(), NOW, elapsed=lambda: 0.0)
    assert [told(answer) for url in (A, f"{HOST}/c") for answer in minding([Request(url)])] == [200, 200]
    assert web.asked.count(f"{HOST}/c") == 1


@pytest.mark.parametrize(("here", "there"), [("http://paper.example", HOST), (HOST, "https://www.paper.example")])
def test_a_host_that_leads_to_https_or_www_is_asked_once_more_the_first_time_only(here, there):
    hosts, page_there = Remembered(), f"{there}/a"
    web = Led(said(here) | said(there) | leads(f"{here}/a", page_there) | {page_there: page(page_there, "a")})
    for requests in (5, 2, 2):
        (answer,) = get(web, f"{here}/a", hosts=hosts)
        assert (answer.status, answer.requests) == (200, requests)


@pytest.mark.parametrize(
    ("robots_txt", "reason"), [(said(OTHER, "", 503), "robots.txt HTTP 503"), ({}, "host not found"), (said(OTHER, "", 404), 200)]
)
def test_another_origin_whose_robots_txt_does_not_answer_forbids_for_a_while_and_one_without_allows(robots_txt, reason):
    web = Led(said(HOST) | robots_txt | leads(A, B) | {B: page(B, "b")})
    assert [told(answer) for answer in get(web, A)] == [reason]


def test_a_redirect_to_a_host_that_asked_to_be_left_alone_waits_as_long_as_that():
    hosts = Remembered(left_alone={"wire.example": NOW + timedelta(hours=1)})
    web = Led(said(HOST) | said(OTHER) | leads(A, B) | {B: page(B, "b")})
    (answer,) = get(web, A, hosts=hosts)
    assert (answer.reason, answer.retry_after, answer.at) == ("asked to wait", "3600", B)
    assert web.asked == [f"{HOST}/robots.txt", A]
    web = Led(said(HOST) | said(OTHER, "", 429, retry_after="600") | leads(A, B))
    (answer,) = get(web, A)
    assert (answer.reason, answer.retry_after) == ("asked to wait", "600")


def test_ways_over_many_origins_come_to_an_end():
    pages = {}
    for number in range(9):
        origin = f"https://h{number}.example"
        pages |= said(origin) | leads(f"{origin}/a", f"https://h{number + 1}.example/a")
    web = Led(pages)
    (answer,) = get(web, "https://h0.example/a")
    assert (answer.reason, answer.at) == ("robots.txt", "https://h6.example/a")
    assert web.asked.count("https://h0.example/a") == 6


def test_answers_go_to_other_processes_and_never_take_their_way_along():
    web = Led(said(HOST, FORBIDS) | said(OTHER) | leads(A, B) | leads(f"{HOST}/c", f"{HOST}/b") | {B: page(B, "b")})
    for answer in get(web, A, f"{HOST}/b", f"{HOST}/c", "https://dead.example/x"):
        assert answer.request.may is None
        assert pickle.loads(pickle.dumps(answer)) == answer


def test_feeds_and_robots_txt_are_led_wherever_they_are():
    feed = f"{HOST}/feed"
    web = Led(said(OTHER, "User-agent: *\nDisallow: /") | leads(feed, B) | leads(f"{HOST}/robots.txt", B) | {B: page(B, "b")})
    (answer,) = Minding(web, Remembered(), Settings(), NOW)([Request(feed, "feed")])
    assert answer.status == 200
    assert web.asked == [feed, B]
    get(web, A)
    assert web.asked[2:4] == [f"{HOST}/robots.txt", B]


def test_a_recording_is_gone_through_as_the_web_is_and_where_it_has_no_robots_txt_everything_may_be():
    web = Led(said(HOST, FORBIDS) | leads(A, f"{HOST}/b") | {f"{HOST}/b": page(f"{HOST}/b", "b")})
    assert [told(answer) for answer in get(web, A, recorded=True)] == ["robots.txt"]
    web = Led(leads(A, B) | {B: page(B, "b")})
    assert [told(answer) for answer in get(web, A, recorded=True)] == [200]


def test_pages_of_other_hosts_do_not_wait_for_a_robots_txt_that_does_not_come():
    order = []

    def inner(requests):  # as the real one: draws what there is for now after each answer; the dead host's comes last
        late = []
        while some := list(requests):
            late += [one for one in some if "dead" in one.url]
            for one in some:
                if one not in late:
                    order.append(one.url)
                    yield Page(one, one.url, 200)
        yield from (Failed(one, "timeout") for one in late)

    answers = get(inner, "https://dead.example/x", A, B)
    assert [told(answer) for answer in answers] == ["timeout", 200, 200]
    assert set(order) == {f"{HOST}/robots.txt", f"{OTHER}/robots.txt", A, B}


def known(origin, rules, hours=24):
    return Robots(origin, NOW, NOW + timedelta(hours=hours), rules, copied_at=NOW)


def test_rules_of_many_origins_do_not_pile_up_and_a_page_keeps_those_of_its_own():
    book = Rulebook(60.0)
    way = Way(book, lambda _: 0.0, lambda: NOW)
    way.take(known(HOST, FORBIDS))
    for number in range(300):
        book.taken(known(f"https://h{number}.example", ""))
    assert book.at_hand(HOST) is None
    assert book.at_hand("https://h299.example") is not None
    assert (way(f"{HOST}/b"), way(A)) == ("robots.txt", "")


def test_rules_that_take_a_while_to_parse_are_not_parsed_while_all_exchanges_wait(monkeypatch):
    book = Rulebook(60.0)
    way = Way(book, lambda _: 0.0, lambda: NOW)
    own = known(HOST, "\n".join(f"Disallow: /{number}" for number in range(5000)))
    way.take(own)
    for number in range(300):
        book.taken(known(f"https://h{number}.example", ""))
    assert way(f"{HOST}/7") == "robots.txt unknown"
    way.lost(Failed(Request(A), "robots.txt unknown", at=f"{HOST}/7"))
    way.take(own)
    monkeypatch.setattr(robots, "parsed", None)
    assert (way(f"{HOST}/7"), way(f"{HOST}/x")) == ("robots.txt", "")


def test_what_has_grown_older_than_a_day_on_the_way_is_not_gone_by():
    moment = [NOW]
    way = Way(Rulebook(60.0), lambda _: 0.0, lambda: moment[0])
    way.take(known(HOST, FORBIDS))
    assert way(A) == ""
    moment[0] += timedelta(hours=24)
    assert way(A) == "robots.txt unknown"


def test_a_delay_longer_than_a_pass_allows_leaves_one_page_a_pass():
    known = Robots(HOST, NOW, NOW + timedelta(hours=1), "User-agent: *\nCrawl-delay: 300")
    book = Rulebook(600.0)
    said = book.taken(known)[1]
    assert [book.turn(known, said, NOW) for _ in range(2)] == [0.0, 300.0]
