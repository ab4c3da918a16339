"""What is asked for has a number: validators that are stored are of that."""

from models.page import HANDLING
from pipeline.adapters import decoding
from pipeline.adapters.http import headers


def test_whoever_changes_what_is_accepted_raises_its_number_and_no_stored_validator_is_sent_back():
    feed = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
    page = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
    assert (2, {"feed": feed, "page": page}) == (HANDLING, headers.ACCEPT)
    assert decoding.ACCEPTED in {"gzip, br, zstd", "gzip, br"}
