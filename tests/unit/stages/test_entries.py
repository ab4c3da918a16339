"""entries.decide: one verdict an entry, in the feed's order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.entry import Known
from models.outcome import Duplicate, Failed, Skipped, Unchanged
from pipeline.stages.entries import decide
from tests.unit.stages.making import NOW, entry


def dated(days, **said):
    return entry(f"https://paper.example/{days}", published=NOW - timedelta(days=days), **said)


def outcomes(entries, known=None, *, first_poll=False, newest=2):
    return [verdict.outcome for verdict in decide(entries, known or {}, first_poll=first_poll, newest=newest, now=NOW)]


def older(said):
    return Skipped(said.url, "older")


def test_the_first_poll_takes_the_newest_and_skips_the_rest_as_older():
    feed = [dated(5), dated(1), dated(9), dated(3)]
    assert outcomes(feed, first_poll=True) == [older(feed[0]), None, older(feed[2]), None]


def test_what_the_first_poll_leaves_out_is_remembered():
    verdicts = decide([dated(1), dated(2)], {}, first_poll=True, newest=1, now=NOW)
    assert [verdict.remember for verdict in verdicts] == [True, True]


def test_undated_entries_come_last_in_a_first_poll_in_the_order_of_the_feed():
    feed = [entry("https://paper.example/x"), entry("https://paper.example/y"), dated(900)]
    assert outcomes(feed, first_poll=True) == [None, older(feed[1]), None]


def test_a_date_in_the_future_counts_as_now_in_a_first_poll():
    feed = [dated(0), dated(-300), dated(1)]
    assert outcomes(feed, first_poll=True, newest=1) == [None, older(feed[1]), older(feed[2])]


def test_a_later_poll_takes_every_entry_it_does_not_know():
    assert outcomes([dated(5), dated(1), dated(9)], newest=1) == [None, None, None]


def test_an_entry_as_we_know_it_is_unchanged_and_not_written_again():
    (verdict,) = decide([dated(1)], {dated(1).key: Known("first", queued=False)}, first_poll=False, newest=2, now=NOW)
    assert verdict.outcome == Unchanged(dated(1).url)
    assert not verdict.remember


def test_an_edited_entry_is_queued_again():
    known = {dated(1).key: Known("another digest", queued=False)}
    (verdict,) = decide([dated(1)], known, first_poll=False, newest=2, now=NOW)
    assert (verdict.outcome, verdict.remember) == (None, True)


def test_an_edited_entry_does_not_wait_for_the_retry_of_its_former_self():
    known = {dated(1).key: Known("another digest", queued=True, retry_at=NOW + timedelta(hours=1))}
    assert outcomes([dated(1)], known) == [None]


def test_an_entry_that_waits_for_another_try_says_until_when():
    until = NOW + timedelta(minutes=5)
    known = {dated(1).key: Known("first", queued=True, retry_at=until)}
    assert outcomes([dated(1)], known) == [Failed(dated(1).url, "waits for another try", until)]


def test_a_queued_entry_whose_time_has_come_stays_in_the_queue():
    for due in (None, NOW, NOW - timedelta(minutes=5)):
        known = {dated(1).key: Known("first", queued=True, retry_at=due)}
        (verdict,) = decide([dated(1)], known, first_poll=False, newest=2, now=NOW)
        assert (verdict.outcome, verdict.remember) == (None, False)


def test_the_second_of_two_equal_entries_is_a_duplicate_and_not_written():
    first, second = decide([dated(1), dated(1, title="Again")], {}, first_poll=False, newest=2, now=NOW)
    assert first.outcome is None
    assert (second.outcome, second.remember) == (Duplicate(dated(1).url, dated(1).url), False)


def test_an_entry_without_a_link_a_title_or_our_language_is_skipped_with_the_reason():
    feed = [entry("", key="guid:1"), entry(title=""), entry("https://paper.example/de", language="de")]
    assert [str(outcome) for outcome in outcomes(feed)] == ["Skipped(no link)", "Skipped(no title)", "Skipped(language de)"]


drawn = st.builds(
    lambda number, days, digest, title, language: entry(
        f"https://paper.example/{number}",
        published=None if days is None else NOW - timedelta(days=days),
        digest=digest,
        title=title,
        language=language,
    ),
    st.integers(0, 6),
    st.none() | st.integers(-2, 50),
    st.sampled_from(["first", "second"]),
    st.sampled_from(["", "A title"]),
    st.sampled_from(["", "de"]),
)
memories = st.dictionaries(
    st.integers(0, 6).map("https://paper.example/{}".format),
    st.builds(
        Known,
        st.sampled_from(["first", "second"]),
        st.booleans(),
        st.none() | st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours)),
    ),
)


@given(st.lists(drawn, max_size=12), memories, st.booleans(), st.integers(0, 5))
def test_every_entry_gets_one_verdict_in_the_order_of_the_feed(feed, known, first_poll, newest):
    verdicts = decide(iter(feed), known, first_poll=first_poll, newest=newest, now=NOW)
    assert [verdict.entry for verdict in verdicts] == feed


@given(st.lists(drawn, max_size=12), st.integers(0, 5))
def test_a_first_poll_queues_at_most_the_newest(feed, newest):
    assert outcomes(feed, first_poll=True, newest=newest).count(None) <= newest
