"""Text becomes clean once, here: Unicode NFC, plain, without control or bidi characters."""

import hashlib
import html
import re
import unicodedata

# What Unicode says will never be a character: the last two of each plane, and 32 more.
NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(0x10000 * plane - 2)}{chr(0x10000 * plane - 1)}" for plane in range(1, 18))
# Controls but for line feed, surrogates, no characters, line separators, bidi embeddings, overrides, isolates: they part words.
_PARTING = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffc\ud800-\udfff{NO_CHARACTERS}]")
# Soft hyphen, zero-width and bidi marks, byte order mark: they are nothing to a reader.
_UNSEEN = re.compile("[\xad\u061c\u200b-\u200f\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb]")
_DROPPED = re.compile(r"<(script|style|iframe|noscript)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
# What begins like a tag that runs scripts or loads things, and never ends.
_OPEN = re.compile(
    r"</?(?:script|style|iframe|img|svg|object|embed|link|meta|base|form|input|a|body|html|video|audio)"
    r"(?:[\s/]+[\w:-]+\s*=[^<>]*|[\s/]*)$|<!--|<(?=/?(?:script|style|iframe|img|svg|object|embed)\b)",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_MARK = re.compile(r"<(?=[/!?a-zA-Z])")
_NESTED = 4  # how often tags within tags are taken out before every "<" goes that might begin one
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|dl|dt|dd|td|th|pre|hr|article|aside|header|footer|nav|main|img|ol|h[1-6]|tr|table|blockquote|figure|figcaption|section)\b[^<>]*>",
    re.IGNORECASE,
)
# Many signs in a row: where they are combining marks, NFC takes time by the square of their number.
_SIGNS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_MOST_MARKS = 30  # on one letter: Unicode's own bound (UAX 15, stream-safe text)
_NOT_WORDS = re.compile(r"[\W_]+")
LONGEST_TITLE = 300  # characters; the longest of 1,210 headlines in real feeds has 164
LONGEST_TEXT = 200_000  # characters: some 30,000 words, more than any news article


def clean(text: str) -> str:
    """`text` in NFC without characters that hide, reorder or break; white space folded, line feeds kept."""
    text = _UNSEEN.sub("", _PARTING.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = _SIGNS.sub(_bearable, text)
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _bearable(signs: re.Match[str]) -> str:
    """Signs in a row without the combining marks that are too many."""
    kept, marks = [], 0
    for sign in signs[0]:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """`clean` on one line, cut at a word with an ellipsis where it is longer than `longest` characters."""
    line = " ".join(clean(text).split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[longest // 2 :] else head) + "…"


def plain(markup: str) -> str:
    """HTML as text. Escapes are undone once more after tags are gone, since feeds escape twice."""
    if "<" not in markup and "&" not in markup:
        return clean(markup)
    text = html.unescape(markup)
    if "<" in text:
        text = _CDATA.sub("", text)
        text = html.unescape(_TAG.sub("", _BLOCK.sub("\n", _DROPPED.sub(" ", text))))
    return untagged(clean(_DROPPED.sub(" ", text) if "<" in text else text))


def untagged(text: str) -> str:
    """Clean text without what would be markup where somebody forgot to escape it, also once a part of it is taken out."""
    if "<" not in text:
        return text
    for _ in range(_NESTED):
        shorter = _OPEN.sub(" ", _TAG.sub("", text))
        if shorter == text:
            return text
        text = clean(shorter)
    return clean(_MARK.sub(" ", text))


def digest(*parts: str) -> str:
    """A short, stable name for the given texts (BLAKE2b, 16 bytes, hexadecimal)."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def folded(text: str) -> str:
    """`text` without case, punctuation and white space: equal where only the typesetting differs."""
    return _NOT_WORDS.sub("", text.casefold())
