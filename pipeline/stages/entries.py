"""What becomes of a feed's entries, given what we know of them: queued to be read, or an outcome at once."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from models.entry import Entry, Known, Verdict
from models.outcome import Duplicate, Failed, Skipped, Unchanged

_UNDATED = datetime(1, 1, 1, tzinfo=UTC)


def decide(
    entries: Iterable[Entry], known: Mapping[str, Known], *, first_poll: bool, newest: int, now: datetime
) -> list[Verdict]:
    """One verdict an entry, in the feed's order.

    The first poll of a feed takes the `newest` entries by date (undated ones last, then in the feed's order); older
    ones are remembered as Skipped(older). An entry dated later than `now` counts as dated now.
    """
    entries = list(entries)
    taken = _newest(entries, newest, now) if first_poll else None
    seen: dict[str, Entry] = {}
    verdicts = []
    for number, entry in enumerate(entries):
        verdict = _verdict(entry, known.get(entry.key), entry.key in seen, now)
        if verdict.outcome is None and taken is not None and number not in taken:
            verdict = Verdict(entry, Skipped(entry.url, "older"))
        seen.setdefault(entry.key, entry)
        verdicts.append(verdict)
    return verdicts


def _verdict(entry: Entry, before: Known | None, repeated: bool, now: datetime) -> Verdict:
    if repeated:
        return Verdict(entry, Duplicate(entry.url, entry.url), remember=False)
    if before and before.digest == entry.digest and not before.queued:
        return Verdict(entry, Unchanged(entry.url), remember=False)
    if before and before.digest == entry.digest:
        waits = before.retry_at is not None and before.retry_at > now
        # Still in the queue: where it is to be read now, its outcome comes from there.
        return Verdict(entry, Failed(entry.url, "waits for another try", before.retry_at) if waits else None, remember=False)
    if not entry.url:
        return Verdict(entry, Skipped(entry.url, "no link"))
    if not entry.title:
        return Verdict(entry, Skipped(entry.url, "no title"))
    return Verdict(entry, Skipped(entry.url, f"language {entry.language}") if entry.language else None)


def _newest(entries: list[Entry], count: int, now: datetime) -> set[int]:
    def age(number: int) -> tuple[float, int]:
        return -min(entries[number].published or _UNDATED, now).timestamp(), number

    return set(sorted(range(len(entries)), key=age)[:count])
