"""sources.toml changed by the program: what is added, and that nothing else changes."""

import pytest

from config import loading
from config.sources_file import Row, add, rows, slugged
from models.errors import ConfigError, UsageError

FILE = """# Our outlets, in the order of the editor.

[[sources]]  # the local one
slug = "paper"
name = "The Paper"
homepage = "https://paper.example/"
feeds = [
    "https://paper.example/feed",  # news
]

# The end.
"""
OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="AI">
    <outline type="rss" text="Gazette" title="The Gazette" xmlUrl=" https://gazette.example/rss " htmlUrl="https://gazette.example/"/>
    <outline type="rss" text="Blog" xmlUrl="https://blog.example/feed"/>
  </outline>
</body></opml>"""
CSV = "name,feed_url,slug\nThe Gazette,https://gazette.example/rss,gazette\n\n Blog , https://blog.example/feed ,\n"


def added(tmp_path, *wanted, text=FILE):
    if text is not None:
        (tmp_path / "sources.toml").write_text(text, "utf-8")
    return add(tmp_path, wanted)


def listed(tmp_path, content, name="feeds.txt"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows(tmp_path / name)


def test_a_source_is_appended_and_the_rest_kept_as_it_was(tmp_path):
    said = added(tmp_path, Row("Gazette", "https://gazette.example/rss"))
    assert (said.sources, said.feeds, said.known, said.unusable) == (1, 1, 0, ())
    assert (tmp_path / "sources.toml").read_text("utf-8").startswith(FILE)
    (_, new) = loading.sources(tmp_path)
    assert (new.slug, new.name, new.homepage, new.feeds) == (
        "gazette", "Gazette", "https://gazette.example/", ("https://gazette.example/rss",)
    )  # fmt: skip


def test_a_second_feed_of_a_source_joins_it_and_keeps_the_comments(tmp_path):
    said = added(tmp_path, Row("Whatever", "https://paper.example/ai", slug="paper"))
    assert (said.sources, said.feeds) == (0, 1)
    text = (tmp_path / "sources.toml").read_text("utf-8")
    assert all(comment in text for comment in ("# Our outlets", "# the local one", "# news", "# The end."))
    assert loading.sources(tmp_path)[0].feeds == ("https://paper.example/feed", "https://paper.example/ai")


def test_a_feed_that_is_known_changes_nothing(tmp_path):
    said = added(tmp_path, Row("The Paper", "https://paper.example/feed"))
    assert (said.feeds, said.known) == (0, 1)
    assert (tmp_path / "sources.toml").read_text("utf-8") == FILE


def test_a_feed_listed_twice_is_added_once(tmp_path):
    said = added(tmp_path, *[Row("Gazette", "https://gazette.example/rss")] * 2)
    assert (said.sources, said.feeds, said.known) == (1, 1, 1)


def test_a_folder_without_the_file_gets_one(tmp_path):
    added(tmp_path, Row("Gazette", "https://gazette.example/rss"), text=None)
    assert [one.slug for one in loading.sources(tmp_path)] == ["gazette"]


@pytest.mark.parametrize("address", ["", "gazette.example/rss", "ftp://gazette.example/rss", "https://", "https://[::1/rss"])
def test_what_is_no_web_address_is_left_out_and_told(tmp_path, address):
    said = added(tmp_path, Row("Gazette", address))
    assert said.unusable == (address or "Gazette",)
    assert "1 left out" in said.sentence()
    assert (tmp_path / "sources.toml").read_text("utf-8") == FILE


@pytest.mark.parametrize(
    "row",
    [
        Row("", "https://www.gazette.example/rss"),
        Row('A "quoted" \\ name', "https://gazette.example/rss"),
        Row("Новости", "https://gazette.example/rss"),
        Row("Zoë & Söhne", "https://gazette.example/rss", homepage="gazette.example"),
        Row("Gazette", "https://gazette.example/rss", homepage="http:gazette"),
        Row("Gazette", "https://gazette.example/rss", slug="The Gazette"),
    ],
)
def test_whatever_is_added_the_file_can_be_loaded_afterwards(tmp_path, row):
    added(tmp_path, row)
    assert loading.sources(tmp_path)[-1].feeds == (row.feed_url,)


def test_a_source_without_a_name_is_called_by_its_host(tmp_path):
    added(tmp_path, Row("", "https://www.gazette.example/rss"))
    assert loading.sources(tmp_path)[-1].name == "gazette.example"


@pytest.mark.parametrize(
    "text", ['[[sources]]\nslug = "paper"\n', "[[sources\n", FILE + "\n[[sources]]\nslug = ", "sources = 5\n"]
)
def test_a_file_that_is_wrong_already_is_named_and_not_changed(tmp_path, text):
    with pytest.raises(ConfigError):
        added(tmp_path, Row("Gazette", "https://gazette.example/rss"), text=text)
    assert (tmp_path / "sources.toml").read_text("utf-8") == text


def test_no_file_of_ours_is_left_behind(tmp_path):
    added(tmp_path, Row("Gazette", "https://gazette.example/rss"))
    assert [path.name for path in tmp_path.iterdir()] == ["sources.toml"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("The Gazette", "the-gazette"), ("MIT News – AI", "mit-news-ai"), ("Zoë & Söhne", "zoe-sohne"), (" --x-- ", "x")],
)
def test_a_slug_is_made_of_the_words_of_a_name(name, slug):
    assert slugged(name) == slug


def test_names_without_a_latin_letter_have_slugs_of_their_own():
    assert slugged("Новости") != slugged("Газета")
    assert slugged("Новости").startswith("source-")


def test_opml_lists_feeds_at_any_depth(tmp_path):
    assert listed(tmp_path, OPML) == [
        Row("The Gazette", "https://gazette.example/rss", "", "https://gazette.example/"),
        Row("Blog", "https://blog.example/feed", "", ""),
    ]
    assert len(listed(tmp_path, b"\xef\xbb\xbf" + OPML.encode())) == 2


def test_csv_lists_feeds_in_named_columns(tmp_path):
    expected = [Row("The Gazette", "https://gazette.example/rss", "gazette"), Row("Blog", "https://blog.example/feed")]
    assert listed(tmp_path, CSV) == expected
    assert listed(tmp_path, b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()) == expected


@pytest.mark.parametrize(
    ("content", "wrong", "remedy"),
    [
        ("<opml><body>", "not well-formed", "again"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", "document type", "DOCTYPE"),
        ("<opml><body><outline text='no feed'/></body></opml>", "lists no feed", "xmlUrl"),
        ("<?xml version='1.0' encoding='shift_jis'?><opml/>", "encoding", ""),
        ("title,link\nA,https://a.example/\n", "the columns are link, title", "name,feed_url"),
        ("name,feed_url\n", "lists no feed", "name and feed_url"),
        ("", "", "name,feed_url"),
        (b"name,feed_url\nZo\xeb,https://zoe.example/\n", "not UTF-8", "UTF-8"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_what_is_wrong_and_a_remedy(tmp_path, content, wrong, remedy):
    with pytest.raises(UsageError) as caught:
        listed(tmp_path, content)
    assert caught.value.where.startswith(str(tmp_path / "feeds.txt"))
    assert wrong in caught.value.wrong
    assert remedy in caught.value.remedy != ""


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        rows(tmp_path / "nothing.opml")
