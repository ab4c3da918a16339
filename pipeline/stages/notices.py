"""What pages show instead of an article, or beside it: consent, login and bot-check notices."""

import re

_NOTICE = re.compile(
    r"accept (?:all )?cookies|cookie (?:policy|settings|preferences)|we use cookies|uses cookies|consent"
    r"|(?:sign|log) in to|already (?:a subscriber|have an account)|create (?:a free )?account|forgot(?:ten)? (?:your )?password"
    r"|enable java ?script|javascript (?:is|must be|and cookies)|unusual (?:traffic|activity)|not a robot|are human"
    r"|access denied|subscribe to (?:continue|read)|continue reading this article|browser is not supported",
    re.IGNORECASE,
)
_NOTICE_WORDS = 150  # none of 1,056 real articles is this short and says two such things; notices are a paragraph
_LINE_WORDS = 60
_WAITING = re.compile(r"\W*(?:loading|please wait|just a moment|redirecting|one moment)\b", re.IGNORECASE)
_WAITING_WORDS = 8


def is_notice(text: str) -> bool:
    """Whether a page's text is a consent, login or bot-check notice rather than an article."""
    words = len(text.split())
    if words < _WAITING_WORDS and _WAITING.match(text):
        return True
    return words < _NOTICE_WORDS and len(_NOTICE.findall(text)) >= (1 if words < 60 else 2)


def speaks_of(text: str) -> bool:
    """Whether a box, named for consent or login already, says so, too."""
    return bool(_NOTICE.search(text))


def without_notices(text: str) -> str:
    """An article's text without lines that say two such things in a few words: a banner that was taken for a paragraph."""
    if len(_NOTICE.findall(text)) < 2:
        return text
    return "\n".join(line for line in text.split("\n") if len(line.split()) > _LINE_WORDS or len(_NOTICE.findall(line)) < 2)
