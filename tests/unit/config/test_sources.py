"""sources.toml: outlets, or a sentence with its remedy."""

import pytest

from config import loading
from models.errors import ConfigError
from models.source import Source

ONE = """# The first.
[[sources]]
slug = "paper"
name = "The Paper"
homepage = "https://paper.example/"
feeds = ["https://paper.example/feed", "https://paper.example/ai"]
"""
TWO = """
[[sources]]
slug = "gazette"
name = "Gazette"
homepage = "http://gazette.example"
feeds = ["http://gazette.example/rss"]
weight = 2
pages = "feed"
"""


def sources(tmp_path, text):
    (tmp_path / "sources.toml").write_text(text, "utf-8")
    return loading.sources(tmp_path)


def test_sources_are_read_in_order_with_their_defaults(tmp_path):
    assert sources(tmp_path, ONE + TWO) == (
        Source("paper", "The Paper", "https://paper.example/", ("https://paper.example/feed", "https://paper.example/ai")),
        Source("gazette", "Gazette", "http://gazette.example", ("http://gazette.example/rss",), 2.0, "feed"),
    )


def test_the_shipped_sources_can_be_read():
    assert len(loading.sources(loading.SHIPPED)) > 1


@pytest.mark.parametrize(
    ("old", "new", "where", "wrong", "remedy"),
    [
        ("slug =", "slugg =", ":8", "'slugg'", "slug"),
        ('slug = "gazette"\n', "", ":8", "no slug", "slug ="),
        ('"Gazette"', '""', ":8", "no name", "name ="),
        ('["http://gazette.example/rss"]', "[]", ":8", "no feeds", 'feeds = ["https://..."]'),
        ('["http://gazette.example/rss"]', '"http://gazette.example/rss"', ":8", "feeds = 'http", 'feeds = ["https://..."]'),
        ('["http://gazette.example/rss"]', "[5]", ":8", "feeds has 5", 'feeds = ["https://..."]'),
        ('["http://gazette.example/rss"]', '["gazette.example/rss"]', ":8", "'gazette.example/rss'", "https://..."),
        ('["http://gazette.example/rss"]', '["https://[::1/rss"]', ":8", "'https://[::1/rss'", "https://..."),
        ('"http://gazette.example"', '"javascript:alert(1)"', ":8", "'javascript:alert(1)'", "https://..."),
        ('"http://gazette.example"', '"https://"', ":8", "'https://'", "https://..."),
        ('"gazette"', '"The Gazette"', ":8: slug", "'The Gazette'", "letters, digits"),
        ('"gazette"', "5", ":8", "slug = 5", 'slug = "text between quotes"'),
        ('"gazette"', '"paper"', ":8", "'paper' is used", "one slug"),
        ("http://gazette.example/rss", "https://paper.example/ai", ":8", "'https://paper.example/ai' is used by 'paper'", "one feed"),
        ("weight = 2", 'weight = "heavy"', ":8", "weight = 'heavy'", "a number: weight = 1.0"),
        ("weight = 2", "weight = nan", ":8", "nan", ""),
        ('pages = "feed"', 'pages = "none"', ":8", "pages = 'none'", 'pages = "fetch" or pages = "feed"'),
        ("weight = 2", "weight = ", "", "line 13", "key = 5"),
        ("[[sources]]\nslug = \"gazette\"", "[[source]]\nslug = \"gazette\"", "", "source", "sources"),
    ],
)  # fmt: skip
def test_a_wrong_source_is_named_by_its_line_with_what_is_wrong_and_a_remedy(tmp_path, old, new, where, wrong, remedy):
    assert old in TWO
    with pytest.raises(ConfigError) as caught:
        sources(tmp_path, ONE + "\n" + TWO.replace(old, new).lstrip("\n"))
    assert caught.value.where.startswith(f"{tmp_path / 'sources.toml'}{where}")
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", "sources = []\n", "sources = 5\n", "sources = ['https://paper.example/']\n"]
)
def test_a_file_without_sources_says_how_to_add_one(tmp_path, text):
    with pytest.raises(ConfigError, match=r"has no \[\[sources\]\]") as caught:
        sources(tmp_path, text)
    assert caught.value.remedy.startswith("conceptwire sources add")


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="does not exist") as caught:
        loading.sources(tmp_path)
    assert caught.value.remedy == f"conceptwire init {tmp_path}"


def test_the_sentence_for_a_person_has_place_wrong_and_remedy(tmp_path):
    with pytest.raises(ConfigError) as caught:
        sources(tmp_path, ONE.replace('"https://paper.example/"', '"paper"'))
    assert str(caught.value) == f"{tmp_path / 'sources.toml'}:2: 'paper' is not a web address\n  Try: https://..."
    assert caught.value.exit_code == 2
