"""trimming: a feed's text is cut to what can be parsed in time; one within its bounds stays as it is."""

import time

import pytest

from pipeline.stages.bounds import Bounds
from pipeline.stages.feeds import parse
from pipeline.stages.trimming import Trimmed, clean_prolog, pieces, shortened, trimmed

URL = "https://paper.example/feed"
ITEM = "<item><title>Item {0}</title><link>https://paper.example/{0}</link><pubDate>{1}</pubDate></item>"
PLAIN = "<title>A</title><link>https://paper.example/1</link>"


def rss(inner: str) -> str:
    return f"<rss version='2.0'><channel><title>T</title>{inner}</channel></rss>"


def dated(number: int) -> str:
    return ITEM.format(number, f"2026-08-{number:02}T10:00:00Z")


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_feed_with_more_entries_than_its_bound_keeps_the_newest_and_counts_the_rest(newest_first):
    items = [dated(number) for number in range(1, 21)]
    body = rss("".join(items[::-1] if newest_first else items))
    reading = parse(body.encode(), URL, bounds=Bounds(entries=5))
    assert sorted(entry.title for entry in reading.entries) == [f"Item {number}" for number in range(16, 21)]
    assert (reading.beyond, reading.problem, reading.note) == (15, "", "")


def test_a_feed_within_its_bounds_stays_as_it_is():
    body = rss("".join(dated(number) for number in range(1, 21)))
    assert trimmed(body, 20).text == shortened(body) == clean_prolog(body) == body


def test_a_monstrous_entry_is_left_out_and_counted_and_its_neighbours_are_read():
    monster = f"<item>{PLAIN}{'<category>x</category>' * 5000}</item>"
    deep = f"<item>{PLAIN}{'<a>' * 1000}{'</a>' * 1000}</item>"
    reading = parse(rss(dated(1) + monster + dated(2) + deep + dated(3)).encode(), URL)
    assert [entry.title for entry in reading.entries] == ["Item 1", "Item 2", "Item 3"]
    assert (reading.beyond, reading.note) == (2, "")


def test_a_feed_that_is_all_markup_before_its_entries_has_a_problem():
    assert parse(rss("<a>" * 100_000 + dated(1)).encode(), URL).problem == "too much markup"


def test_an_article_in_a_feed_about_feeds_is_not_cut():
    body = rss(f"<item>{PLAIN}<description><![CDATA[Write &lt;item> or <entry> {'word ' * 130}]]></description></item>")
    (entry,) = parse(body.encode(), URL).entries
    assert len(entry.text.split()) > 130


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ('<!DOCTYPE rss [<!ENTITY one "a letter">]>', '<!DOCTYPE feed [\n<!ENTITY one "a letter">\n]>'),
        ('<!DOCTYPE rss [<!ENTITY one SYSTEM "file:///etc/passwd">]>', ""),
        ('<!DOCTYPE rss [<!ENTITY % one "x">%one;]>', ""),
        ('<!DOCTYPE rss [<!ENTITY one "&two;&two;">]>', ""),
        (f'<!DOCTYPE rss [<!ENTITY one "{"x" * 1000}">]>', ""),
        ('<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">', ""),
        ("<?xml version='1.0'?> <!-- <rss> --> \n<?xml-stylesheet href='x'?>", ""),
        ("Warning: unused variable in line 3\n", ""),
        ("\n" * 300_000, ""),
        ("<?xml " + "encoding='a" * 20_000 + "?>", ""),
    ],
    ids=lambda text: text[:40],
)
def test_before_the_first_element_only_harmless_declarations_stay(head, kept):
    began = time.process_time()
    assert clean_prolog(head + "<rss/>") == kept + "<rss/>"
    assert time.process_time() - began < 0.5


def test_what_has_no_element_has_nothing():
    assert clean_prolog("<!DOCTYPE") == clean_prolog("<?xml") == clean_prolog("<!-- <rss>") == clean_prolog("text") == ""


def test_endless_attributes_dates_and_names_are_cut_and_long_ones_that_are_few_are_not():
    picture = f"<img src='data:image/png;base64,{'A' * 9000}'/>"
    assert shortened(picture) == picture
    assert shortened(f"<img src='data:image/png;base64,{'A' * 90_000}'/>") == "<img/>"
    assert shortened("<a " + "".join(f"x{n}='1' " for n in range(2000)) + ">") == "<a>"
    assert shortened(f"<pubDate>{'1' * 9000}</pubDate>") == f"<pubDate>{'1' * 200}</pubDate>"
    assert len(shortened(f"<author><![CDATA[{'a' * 9000}]]></author>")) < 600
    assert shortened(f"<p>{'a' * 9000}</p>") == f"<p>{'a' * 9000}</p>"


def test_pieces_put_together_are_the_feed():
    body = rss(dated(1) + " between " + dated(2)) + " after"
    head, entries, tail = pieces(body)
    assert head + "".join(entries) + tail == body
    assert len(entries) == 2


@pytest.mark.parametrize("end", ["", "&nbsp;"])
def test_whole_articles_in_cdata_are_kept_well_formed_or_not(end):
    article = f"<![CDATA[{'<p>Words of an article.</p>' * 150}]]>"
    body = rss("".join(f"<item>{PLAIN}<description>{article}</description></item>" for _ in range(200)) + end)
    assert trimmed(body, 2000) == Trimmed(body)


@pytest.mark.parametrize(
    ("entry", "end"),
    [
        ("<?x <!-- ?>" + "<b>x</b>" * 2_400, ""),
        ("<link/>" * 4_900, "<&"),
        (f"<description><![CDATA[{'<b>x</b>' * 2_400}]]></description>", ""),
    ],
)
def test_of_monstrous_entries_only_so_many_are_kept(entry, end):
    assert trimmed(rss(f"<item>{PLAIN}{entry}</item>" * 250) + end, 2000).beyond > 100


SLOW = {
    "a hundred thousand entries": rss("".join(f"<item>{PLAIN}</item>" for _ in range(100_000))),
    "a hundred thousand entries, not well-formed": rss("".join(f"<item>{PLAIN}</item>" for _ in range(100_000))) + "<&",
    "an attribute of ten million letters": rss(f"<item>{PLAIN}<a x='{'a' * 10_000_000}'/></item>"),
    "a hundred thousand attributes": rss(
        f"<item>{PLAIN}<a {''.join(f'x{n}=_1_ '.replace('_', chr(39)) for n in range(90_000))}/></item>"
    ),
    "a hundred thousand attributes with brackets": rss(
        f"<item>{PLAIN}<a {''.join(f'x{n}=_>_ '.replace('_', chr(39)) for n in range(90_000))}/></item>"
    ),
    "a hundred thousand attributes of a name that is not ASCII": rss(
        f"<item>{PLAIN}<é {''.join(f'x{n}=_1_ '.replace('_', chr(39)) for n in range(90_000))}/></item>"
    ),
    "styles within styles": rss(f"<item>{PLAIN}{'<style>' * 140_000}"),
    "elements within elements": rss(f"<item>{PLAIN}{'<a>' * 300_000}"),
    "a date of a million digits": rss(f"<item>{PLAIN}<pubDate>{'1' * 1_000_000}</pubDate></item>"),
    "an author of a million letters": rss(f"<item>{PLAIN}<author>{'a.' * 500_000}@</author></item>"),
    "a million categories": rss(f"<item>{PLAIN}{''.join(f'<category>{n}</category>' for n in range(45_000))}</item>"),
    "a million line feeds before anything": "\n" * 1_000_000 + rss(""),
    "an entity of a hundred thousand letters": f"<!DOCTYPE rss [\n<!ENTITY a '{'a' * 100_000}'>\n]>" + rss("&a;" * 10_000),
    "marks upon one letter": rss(f"<item>{PLAIN}<description>a{chr(0x301) + chr(0x323)}</description></item>").replace(
        chr(0x301), (chr(0x301) + chr(0x323)) * 300_000
    ),
    "ampersands before anything": "<rss><channel><title>" + "&" * 6_000_000 + "</title></channel></rss>",
    "unclosed comments": rss("<!--" * 250_000),
}  # before they were bounded each of these took from 8 s to minutes


@pytest.mark.parametrize("name", SLOW)
def test_nothing_takes_a_parser_long(name):
    body = SLOW[name].encode()
    began = time.process_time()
    parse(body, URL)
    assert time.process_time() - began < 8  # several times what it takes
