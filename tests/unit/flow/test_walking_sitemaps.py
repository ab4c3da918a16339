"""Sitemap: what a site lists of itself, from a dictionary, from files and from a server."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.errors import UsageError
from models.filling import Chosen
from models.page import Page
from pipeline.adapters.history.pieces import pieces
from pipeline.adapters.http import Limits, Live
from pipeline.flow.walking import Pace, Sitemap
from pipeline.stages import feeds
from tests.fakes import Web, page
from tests.servers import Answer, hosts, serving

NOW = datetime(2026, 8, 28, 12, tzinfo=UTC)
SITE = "https://paper.example"
ROOT = f"{SITE}/sitemap.xml"
AT_ONCE = Pace(interval=0, wait=lambda seconds: None)
READ = {"parse": feeds.parse}
ALL = Chosen()
SINCE = Chosen(since=datetime(2026, 8, 1, tzinfo=UTC))


def listing(*names, site=SITE):
    """A sitemap; "a@2026-08-01" has a <lastmod>."""
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{_all('url', names, site)}</urlset>"


def index(*names, site=SITE):
    """An index of sitemaps, in the same words."""
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{_all('sitemap', names, site)}</sitemapindex>"


def _all(element, names, site):
    made = ""
    for name in names:
        word, _, day = name.partition("@")
        hint = f"<lastmod>{day}</lastmod>" if day else ""
        made += f"<{element}><loc>{word if '//' in word else f'{site}/{word}'}</loc>{hint}</{element}>"
    return made


def web(pages):
    made = {}
    for url, body in pages.items():
        address = url if "//" in url else f"{SITE}/{url}"
        if isinstance(body, Page):
            made[address] = replace(body, url=address)
        else:
            made[address] = body if body in {"timeout", "too large"} else page(address, body)
    return Web(made)


def walk(pages, after="", chosen=ALL, url=ROOT, **more):
    asked = web(pages)
    sitemap = Sitemap(asked, url, NOW, pace=AT_ONCE, **READ | more)
    items = list(sitemap(after, chosen))
    names = [item.entry.url.removeprefix(f"{SITE}/") for item in items]
    return names, sitemap.problem, [one.removeprefix(f"{SITE}/") for one in asked.asked], items, dict(sitemap.left_out)


NESTED = {
    "sitemap.xml": index("posts.xml", "2026.xml", "old.txt", "posts.xml"),
    "posts.xml": listing("a", "b"),
    "2026.xml": index("07.xml.gz", "sitemap.xml", "08.xml"),
    "07.xml.gz": gzip.compress(listing("c", "d", "c").encode(), mtime=0),
    "08.xml": f"<rss version='2.0'><channel><title>T</title><item><title>E</title><link>{SITE}/e</link></item></channel></rss>",
    "old.txt": f"{SITE}/f\n{SITE}/g\n",
}
ROBOTS = {
    "robots.txt": f"User-agent: *\nSitemap: {SITE}/posts.xml\nSitemap: https://cdn.example/more.xml\n",
    "posts.xml": listing("a", "b"),
    "https://cdn.example/more.xml": listing("c", "https://cdn.example/x"),
}


def test_an_index_is_gone_through_to_its_leaves_each_once():
    names, problem, asked, items, left = walk(NESTED)
    assert (names, problem, left) == (["a", "b", "c", "d", "c", "e", "f", "g"], "", {})
    assert asked == ["sitemap.xml", "posts.xml", "2026.xml", "07.xml.gz", "08.xml", "old.txt"]
    assert items[5].entry.title == "E"
    assert max(len(item.cursor) for item in items) < 60


@pytest.mark.parametrize(
    ("pages", "url"),
    [
        (NESTED, ROOT),
        (NESTED, f"{SITE}/"),
        (ROBOTS, SITE),
        (ROBOTS, f"{SITE}/robots.txt"),
        ({"s": listing(*"abcdef")}, f"{SITE}/s"),
    ],
)
def test_what_follows_a_cursor_is_the_rest_of_the_walk(pages, url):
    pages = {"robots.txt": page("", "", 404)} | pages
    items = walk(pages, url=url)[3]
    for nth, item in enumerate(items, 1):
        assert walk(pages, item.cursor, url=url)[3] == items[nth:]


def test_where_it_goes_on_no_sitemap_that_is_finished_is_asked_for():
    items = walk(NESTED)[3]
    assert walk(NESTED, items[4].cursor)[2] == ["sitemap.xml", "2026.xml", "07.xml.gz", "08.xml", "old.txt"]


def test_a_sitemap_that_grew_in_front_is_gone_through_anew_and_none_is_missed():
    cursor = walk({"sitemap.xml": listing("b", "a")})[3][0].cursor
    assert walk({"sitemap.xml": listing("c", "b", "a")}, cursor)[0] == ["c", "b", "a"]
    assert walk({"sitemap.xml": listing("b", "a", "z")}, cursor)[0] == ["a", "z"]
    assert walk({"sitemap.xml": index("new.xml"), "new.xml": listing("n")}, cursor)[0] == ["n"]


@pytest.mark.parametrize("cursor", ["nonsense", "[]", "[1]", '["x",1,"y"]', '[9,"x"]'])
def test_a_cursor_that_is_none_means_the_beginning(cursor):
    assert walk({"sitemap.xml": listing("a", "b")}, cursor)[0] == ["a", "b"]


def test_the_address_of_a_site_leads_to_what_its_robots_txt_names_wherever_that_is():
    names, problem, asked, _, left = walk(ROBOTS, url=SITE)
    assert (names, problem, left) == (["a", "b", "c"], "", {"other host": 1})
    assert asked == ["robots.txt", "posts.xml", "https://cdn.example/more.xml"]


@pytest.mark.parametrize("robots", [page("", "", 404), page("", "<html>Not found</html>"), page("", "User-agent: *\nDisallow:")])
def test_the_address_of_a_site_whose_robots_txt_names_none_leads_to_its_sitemap_xml(robots):
    names, problem, asked, *_ = walk({"robots.txt": robots, "sitemap.xml": listing("a")}, url=f"{SITE}/")
    assert (names, problem, asked) == (["a"], "", ["robots.txt", "sitemap.xml"])
    assert walk({"robots.txt": robots, "sitemap.xml": page("", "", 404)}, url=f"{SITE}/")[1] == f"{ROOT} HTTP 404"


def test_a_robots_txt_that_names_no_sitemap_or_is_not_to_be_had_is_a_problem():
    assert walk({"robots.txt": "User-agent: *"}, url=f"{SITE}/robots.txt")[1] == f"{SITE}/robots.txt names no sitemap"
    assert walk({"robots.txt": page("", "", 503)}, url=SITE)[1] == f"{SITE}/robots.txt HTTP 503"
    assert walk({}, url="https://[broken/")[1].endswith("no web address")


def test_pages_and_sitemaps_of_other_sites_are_left_out_and_counted():
    other = "https://other.example"
    pages = {
        "sitemap.xml": index("1.xml", f"{other}/2.xml", "ftp://paper.example/3.xml", "https://news.paper.example/4.xml"),
        "1.xml": listing("a", f"{other}/b", "https://www.paper.example/c", "javascript://x"),
        "https://news.paper.example/4.xml": listing("https://news.paper.example/d"),
        f"{other}/2.xml": listing("e"),
    }
    names, problem, asked, _, left = walk(pages)
    assert names == ["a", "https://www.paper.example/c", "https://news.paper.example/d"]
    assert (problem, left) == ("", {"other host": 2, "no link": 2})
    assert f"{other}/2.xml" not in asked


def test_what_did_not_change_since_is_neither_listed_nor_asked_for():
    pages = {
        "sitemap.xml": index("1.xml@2026-07-31", "2.xml@2026-08-28", "3.xml"),
        "2.xml": listing("a@2026-07-31", "b@2026-08-01"),
        "3.xml": listing("c"),
    }
    names, problem, asked, *_ = walk(pages, chosen=SINCE)
    assert (names, problem, asked) == (["b", "c"], "", ["sitemap.xml", "2.xml", "3.xml"])


def test_news_is_left_out_by_its_own_date_and_tells_its_outlet_and_another_language():
    def news(name, day, language):
        said = f"<n:publication><n:name>The Paper</n:name><n:language>{language}</n:language></n:publication>"
        dated = f"<n:publication_date>{day}</n:publication_date><n:title>{name}!</n:title>"
        return f"<url><loc>{SITE}/{name}</loc><n:news>{said}{dated}</n:news></url>"

    body = f"<urlset xmlns:n='urn:news'>{news('a', '2026-07-01', 'en')}{news('b', '2026-08-02', 'en')}{news('c', '2026-08-03', 'de')}</urlset>"
    items = walk({"sitemap.xml": body}, chosen=SINCE, language="en")[3]
    assert [(item.entry.title, item.outlet, item.entry.language) for item in items] == [
        ("b!", "The Paper", ""),
        ("c!", "The Paper", "de"),
    ]
    assert [item.entry.language for item in walk({"sitemap.xml": body})[3]] == ["", "", ""]


def test_indexes_are_followed_five_deep():
    pages = {f"{n}.xml": index(f"{n + 1}.xml") for n in range(1, 9)} | {"sitemap.xml": index("1.xml")}
    names, problem, asked, *_ = walk(pages | {"5.xml": listing("a")})
    assert (names, problem) == (["a"], "")
    names, problem, asked, *_ = walk(pages)
    assert (names, problem, len(asked)) == ([], f"{SITE}/6.xml is nested too deeply", 6)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (page("", "", 404), "HTTP 404"),
        (page("", "", 403), "HTTP 403"),
        ("too large", "too large"),
        (page("", "<html>"), "a web page, not a sitemap"),
        (page("", "<urlset><url>"), "not well-formed (line 1)"),
        (page("", gzip.compress(b"<urlset>" + b" " * 2_000_000, mtime=0)), "larger than 1,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_sitemap_that_cannot_be_read_is_passed_over_and_named(answer, problem):
    names, said, *_ = walk(NESTED | {"posts.xml": answer}, largest=100_000)
    assert (names, said) == (["c", "d", "c", "e", "f", "g"], f"{SITE}/posts.xml {problem}")
    assert walk(NESTED | {"posts.xml": answer, "old.txt": answer}, largest=100_000)[1].endswith("(and 1 more)")


@pytest.mark.parametrize(
    "answer", [page("", "", 503), page("", "", 429), "timeout", page("", "")], ids=lambda value: str(value)[:12]
)
def test_a_sitemap_that_fails_for_the_moment_ends_the_walk_which_goes_on_from_its_cursor(answer):
    names, problem, asked, items, _ = walk(NESTED | {"2026.xml": answer})
    assert (names, asked.count("2026.xml")) == (["a", "b"], 3)
    assert problem.startswith(f"{SITE}/2026.xml ")
    assert walk(NESTED, items[-1].cursor)[:2] == (["c", "d", "c", "e", "f", "g"], "")


def test_a_sitemap_that_is_not_there_is_a_problem():
    assert walk({"sitemap.xml": page("", "", 404)})[:2] == ([], f"{ROOT} HTTP 404")
    assert walk({})[:2] == ([], f"{ROOT} host not found")


def test_of_a_sitemap_that_breaks_off_the_rest_is_read_another_time():
    whole = listing(*"abcd")
    names, problem, _, items, _ = walk({"sitemap.xml": whole[: whole.index("/d<")]})
    assert (names, problem) == (["a", "b", "c"], f"{ROOT} not well-formed (line 1)")
    assert walk({"sitemap.xml": whole}, items[-1].cursor)[:2] == (["d"], "")


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_lists_pages_of_any_site_and_names_sitemaps_that_are_fetched(tmp_path, packed):
    body = index("1.xml")
    file = tmp_path / "saved"
    file.write_bytes(gzip.compress(body.encode(), mtime=0) if packed else body.encode())
    sitemap = Sitemap.of_file(
        web({"1.xml": listing("a", "https://other.example/b")}), str(file), pieces(file), NOW, pace=AT_ONCE, **READ
    )
    items = list(sitemap("", ALL))
    assert [item.entry.url for item in items] == [f"{SITE}/a"]
    assert (sitemap.problem, sitemap.left_out) == ("", {"other host": 1})
    file.write_text(listing("a", "https://other.example/b", "//c", *"xyz"))
    items = list(sitemap("", ALL))
    assert (len(items), sitemap.left_out) == (5, {"no link": 1})
    for nth, item in enumerate(items, 1):
        assert list(sitemap(item.cursor, ALL)) == items[nth:]


def test_a_file_that_is_empty_is_a_problem_and_one_that_is_not_there_the_askers_mistake(tmp_path):
    file = tmp_path / "sitemap.xml"
    file.write_text("")
    sitemap = Sitemap.of_file(web({}), str(file), pieces(file), NOW, **READ)
    assert list(sitemap("", ALL)) == []
    assert sitemap.problem == f"{file} empty answer"
    with pytest.raises(UsageError, match="cannot be read"):
        list(Sitemap.of_file(web({}), "none.xml", pieces(tmp_path / "none.xml"), NOW, **READ)("", ALL))


def test_the_sitemaps_of_a_real_server_are_gone_through_from_its_address():
    with serving({}) as site:
        packed = gzip.compress(listing("a", "b", site=site.url("")).encode())
        routes = {
            "/robots.txt": Answer(200, b"Sitemap: /index.xml\n"),
            "/index.xml": Answer(301, headers={"Location": "/moved.xml"}),
            "/moved.xml": Answer(200, index("1", "index.xml", "2", site=site.url("")).encode()),
            "/1": Answer(200, packed, {"Content-Type": "application/x-gzip"}),
            "/2": Answer(200, packed, {"Content-Type": "text/xml", "Content-Encoding": "gzip"}),
        }
        site.routes.update(routes)
        limits = Limits("Test", 5.0, 1_000_000, 5, 4, 0.0, allow_private=hosts())
        sitemap = Sitemap(Live(limits), site.url("/"), NOW, pace=AT_ONCE, **READ)
        items = list(sitemap("", ALL))
        assert [item.entry.url for item in items] == [site.url("/a"), site.url("/b")] * 2
        assert (sitemap.problem, site.targets()) == ("", ["/robots.txt", "/index.xml", "/moved.xml", "/1", "/2"])
        assert list(sitemap(items[1].cursor, ALL)) == items[2:]
