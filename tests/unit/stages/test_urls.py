"""urls: absolute http(s) or nothing; one article under one name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.urls import LONGEST_URL, canonical, host, identity, same_site, web_address

BASE = "https://paper.example/news/index.html"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://paper.example/a", "https://paper.example/a"),
        ("  https://paper.example/a\n", "https://paper.example/a"),
        ("HTTPS://Paper.Example/A", "https://paper.example/A"),
        ("https://paper.example", "https://paper.example/"),
        ("https://paper.example/a#part", "https://paper.example/a"),
        ("https://user:secret@paper.example/a", "https://paper.example/a"),
        ("http://paper.example:80/a", "http://paper.example/a"),
        ("https://paper.example:443/a", "https://paper.example/a"),
        ("https://paper.example:8443/a", "https://paper.example:8443/a"),
        ("http://paper.example:443/a", "http://paper.example:443/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://paper.example/a?b=1&c=2", "https://paper.example/a?b=1&c=2"),
        ('https://paper.example/<b>?c="d"', "https://paper.example/%3Cb%3E?c=%22d%22"),
        ("https://paper.example/a b", "https://paper.example/a%20b"),
        ("https://paper.example/left\u202eright", "https://paper.example/left%E2%80%AEright"),
        ("https://good.example\\@evil.example/", "https://evil.example/"),
    ],
)
def test_an_address_is_absolute_without_credentials_default_port_and_fragment(url, address):
    assert web_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,hello",
        "https://paper.example<b>/a",
        "https://paper.example'/a",
        "https://-/a",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "mailto:editor@paper.example",
        "ftp://paper.example/a",
        "file:///etc/passwd",
        "tag:paper.example,2026:1",
        "/a",
        "paper.example/a",
        "https://",
        "https:///a",
        "https://paper example/a",
        "https://[2001:db8::1/a",
        "https://paper.example:99999/a",
        "https://paper.example:port/a",
        "https://paper.example/" + "a" * LONGEST_URL,
        "https://paper.example/\ud800",
        "https://paper.example/?q=\ud800",
    ],
)
def test_what_is_no_web_address_is_nothing(url):
    assert web_address(url) == ""
    assert canonical(url) == ""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/a", "https://paper.example/a"),
        ("a", "https://paper.example/news/a"),
        ("../a", "https://paper.example/a"),
        ("//other.example/a", "https://other.example/a"),
        ("?page=2", "https://paper.example/news/index.html?page=2"),
        ("https://other.example/a", "https://other.example/a"),
        ("mailto:editor@paper.example", ""),
    ],
)
def test_a_relative_address_is_joined_to_its_base(url, address):
    assert web_address(url, BASE) == address


@pytest.mark.parametrize(
    "url",
    [
        "https://paper.example/a?id=3&utm_source=rss&utm_medium=feed",
        "https://paper.example/a?fbclid=x&id=3",
        "https://paper.example/a?id=3&gclid=x",
        "https://paper.example/a?id=3&at_medium=RSS&at_campaign=KARANGA",
        "https://paper.example/a?mc_cid=1&mc_eid=2&id=3",
        "https://paper.example/a?cmpid=rss&id=3&smid=x&ns_campaign=y",
        "https://paper.example/a?id=3&amp",
        "https://paper.example/a?id=3&outputType=amp",
        "https://paper.example/a?id=3#comments",
        "https://paper.example:443/a?id=3",
    ],
)
def test_tracking_is_taken_off_an_address_and_the_rest_kept(url):
    assert canonical(url) == "https://paper.example/a?id=3"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://paper.example/a/amp/", "https://paper.example/a"),
        ("https://paper.example/a/amp", "https://paper.example/a"),
        ("https://paper.example/amp/a", "https://paper.example/a"),
        ("https://paper.example/a.amp.html", "https://paper.example/a.html"),
        ("https://paper.example/a.amp", "https://paper.example/a"),
        ("https://m.paper.example/a", "https://www.paper.example/a"),
        ("https://amp.paper.example/a", "https://www.paper.example/a"),
        ("https://mobile.paper.example/a", "https://www.paper.example/a"),
        ("https://m.example/a", "https://m.example/a"),
        ("https://paper.example/amplifiers/guitar-amp", "https://paper.example/amplifiers/guitar-amp"),
        ("https://paper.example/camp/a", "https://paper.example/camp/a"),
    ],
)
def test_amp_and_mobile_forms_lead_to_the_article_itself(url, address):
    assert canonical(url) == address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://paper.example/story?id=1", "https://paper.example/story?id=2"),
        ("https://paper.example/story?12345", "https://paper.example/story?12346"),
        ("https://paper.example/?q=caf%E9", "https://paper.example/?q=caf%E8"),
        ("https://paper.example/A", "https://paper.example/a"),
        ("https://paper.example:8443/a", "https://paper.example/a"),
        ("https://news.paper.example/a", "https://paper.example/a"),
        ("https://paper.example/a?b=1", "https://paper.example/a"),
    ],
)
def test_addresses_of_different_articles_stay_different(one, other):
    assert identity(canonical(one)) != identity(canonical(other))


@pytest.mark.parametrize(
    "url",
    [
        "http://paper.example/a?b=1&c=2",
        "https://www.paper.example/a?b=1&c=2",
        "https://paper.example/a/?b=1&c=2",
        "https://paper.example/a?c=2&b=1",
        "https://m.paper.example/a?c=2&b=1&utm_source=x#top",
    ],
)
def test_an_identity_does_not_know_scheme_www_slash_and_order_of_parameters(url):
    assert identity(canonical(url)) == identity("https://paper.example/a?b=1&c=2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://paper.example/a", "http://www.paper.example/b", True),
        ("https://news.paper.example/a", "https://paper.example/b", True),
        ("https://paper.example/a", "https://amp.paper.example/b", True),
        ("https://paper.example/a", "https://newspaper.example/a", False),
        ("https://paper.example/a", "https://paper.example.evil.example/a", False),
        ("https://news.paper.example/a", "https://blog.paper.example/a", False),
        ("", "https://paper.example/a", False),
        ("", "", False),
    ],
)
def test_a_page_speaks_for_its_own_site_only(one, other, same):
    assert same_site(one, other) is same
    assert same_site(other, one) is same


def test_a_host_has_neither_www_nor_capitals_nor_port():
    assert host("https://WWW.Paper.Example:8443/a") == "paper.example"


@pytest.mark.parametrize("url", ["https://paper.example/amp/amp", "https://paper.example/a.amp.amp"])
def test_what_looks_like_amp_twice_is_canonical_after_one_pass(url):
    assert canonical(canonical(url)) == canonical(url)


pieces = st.sampled_from(["a", "amp", "A b", "é", "%C3%A9", "%2F", "a.html", "2026", ".", "..", "", "index.html", "~x", "a;b"])
keys = st.sampled_from(["id", "utm_source", "fbclid", "amp", "q", "é", "at_x", "", "page"])
hosts = st.sampled_from(["paper.example", "www.paper.example", "m.paper.example", "PAPER.example:443", "[::1]", "bücher.example"])
addresses = st.builds(
    lambda scheme, host, path, query, fragment: (
        f"{scheme}://{host}/{'/'.join(path)}?{'&'.join(f'{key}={value}' for key, value in query)}{fragment}"
    ),
    st.sampled_from(["http", "https", "HTTPS"]),
    hosts,
    st.lists(pieces, max_size=3),
    st.lists(st.tuples(keys, pieces), max_size=3),
    st.sampled_from(["", "#a", "#"]),
)


@given(addresses)
def test_a_canonical_address_is_its_own_canonical_address(url):
    once = canonical(url)
    assert once.startswith(("http://", "https://"))
    assert canonical(once) == once


@given(addresses)
def test_an_identity_needs_no_second_pass(url):
    assert identity(canonical(canonical(url))) == identity(canonical(url))


anything = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too: &#xD800; in a feed is one


@given(anything | anything.map("https://paper.example/{}".format), st.sampled_from(["", BASE]))
def test_whatever_a_feed_calls_a_link_is_a_web_address_or_nothing(url, base):
    for address in (web_address(url, base), canonical(url, base)):
        assert address == "" or address.startswith(("http://", "https://"))


@pytest.mark.parametrize("letters", ["a", "é", "数", "[", "%C3%A9", "{"])
def test_an_address_is_no_longer_than_it_may_be_in_any_of_its_forms(letters):
    longest = max((n for n in range(1, 2100) if web_address("https://a.example/" + letters * n)), default=0)
    for parts in ("/{}", "/?{}"):
        address = web_address(f"https://a.example{parts.format(letters * longest)}")
        assert address
        assert web_address(address) == address
        assert len(canonical(address)) <= LONGEST_URL
        assert web_address(canonical(address)) == canonical(address) != ""
