"""Bytes become text: by byte order mark, header, XML declaration, meta, else by what the bytes look like.

What is said counts where the bytes bear it out. Three things are known better than any label tells: a byte order mark, bytes
every other of which is zero (UTF-16), and bytes that are UTF-8 although a charset of single bytes is named: in such a charset
they would be gibberish.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_XML = re.compile(rb"^\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})", re.IGNORECASE)
_IN_META = re.compile(rb"<meta[^>]{1,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HEAD = 8192  # bytes in which a page says its charset
_KNOWN = re.compile(
    r"utf-?(?:8|16|32)(?:-?[lb]e)?|(?:us-?)?ascii|latin-?\d|l\d|(?:x-)?(?:cp|windows-?|ibm|mac-?)\w+|iso-?8859-?\d+(?:-[ei])?|koi8-?\w"
    r"|tis-?620|gb\w+|x-gbk|hz(?:-gb-2312)?|big5\S*|(?:x-)?s(?:hift[_-]?)?jis|euc-?\w+|x-euc-?\w+|ks_c_5601\S*|iso-2022-\w+",
    re.IGNORECASE,
)
# As browsers read labels (the WHATWG's Encoding Standard): each by the larger charset that its users meant.
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "l1": "cp1252", "latin-1": "cp1252",
    "iso8859-9": "cp1254", "latin5": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874", "iso8859-8-i": "iso8859-8",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "euc-kr": "cp949", "euckr": "cp949", "x-euc-jp": "euc_jp", "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
}  # fmt: skip
_OF_TWO_BYTES = re.compile(r"gb|hz|big5|cp9(?:32|36|49|50)|euc|iso-?2022|ks_c")
# Told apart by what they look like; of alphabets like ours only the most common, for they look alike.
_SCRIPTS = ("cp1252", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874")
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_RUN = 1.5  # letters side by side that are not of ASCII: on average more in other scripts, fewer in those like ours
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_GARBLED = re.compile("\ufffd|[ÂÃ][\x80-\xbf]|â€[\x80-\xbf\u2018-\u2122]|Ã[\u0192\u201a-\u2122]|ï¿½|ï»¿")
_FEW = 0.02  # of the bytes that are no ASCII: a broken letter here and there does not refute a charset


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and by which charset."""

    text: str  # without a byte order mark; no lone surrogates
    charset: str


def decoded(body: bytes, content_type: str) -> Decoded:
    """The text of a page or feed. Never raises for what the bytes hold."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return Decoded(body[len(mark) :].decode(name, "replace"), name)
    wide = _wide(body[:400])
    if wide:
        return Decoded(body.decode(wide, "replace"), wide)
    named = list(_named(body, content_type))
    for name in [*(one for one in named if _OF_TWO_BYTES.match(one)), "utf-8", *named]:
        try:
            return Decoded(_well(body.decode(name)), name)
        except (UnicodeError, LookupError):
            continue
    return _halved(body) or _nearly(body, named) or _guessed(body)


def garbled(text: str) -> int:
    """How many letters of a text were lost, or read by the wrong charset, here or before it came here ("Ã©" for "é")."""
    return len(_GARBLED.findall(text))


def fit_for_xml(text: str) -> str:
    """The text without letters that XML does not know, and without references to such: parsers raise on those, some late."""
    return _REFERENCE.sub(_known, _NOT_IN_XML.sub(" ", text))


def _known(reference: re.Match[str]) -> str:
    """A numeric character reference, or nothing where its number is no character's."""
    digits = reference[1] or reference[2]
    number = int(digits, 16 if reference[1] else 10) if len(digits) <= 8 else 0x110000
    unfit = (
        number > 0x10FFFF
        or 0xD800 <= number <= 0xDFFF
        or (number < 32 and number not in {9, 10, 13})
        or number in {0xFFFE, 0xFFFF}
    )
    return "" if unfit else reference[0]


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: markup is ASCII, so that every other byte is zero."""
    pairs = len(head) // 2
    if pairs < 4 or b"\0" not in head:
        return ""
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > 0.6 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * pairs and odd < 0.1 * pairs else ""


def _named(body: bytes, content_type: str) -> Iterator[str]:
    """The charsets that header, XML declaration and meta name, as far as there are such; each as it is meant."""
    found = [_IN_HEADER.search(content_type), _IN_XML.search(body[:400]), _IN_META.search(body[:_HEAD])]
    for said in (match[1] for match in found if match):
        label = said.decode("ascii", "replace") if isinstance(said, bytes) else said
        if _KNOWN.fullmatch(label) and not _meant(label).startswith(("utf-16", "utf-32")):  # if it were, its zeros would tell
            yield _meant(label)


def _meant(label: str) -> str:
    name = label.casefold()
    return _MEANT.get(name.replace("_", "-").replace("iso-8859", "iso8859"), name)


def _well(text: str) -> str:
    """`text` where all its letters can be written down, else UnicodeEncodeError: some charsets can name half a letter."""
    text.encode("utf-8")
    return text


def _halved(body: bytes) -> Decoded | None:
    """By UTF-8 in which letters beyond the first 65,536 are written as two halves (CESU-8), or one half is all there is."""
    try:
        halves = body.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return Decoded(halves.decode("utf-16-le", "replace"), "utf-8")


def _nearly(body: bytes, named: list[str]) -> Decoded | None:
    """By a charset that is named, or UTF-8, where only a few letters are broken."""
    letters = len(body) - len(body.translate(None, bytes(range(128, 256))))
    for name in [*named, "utf-8"]:
        try:
            text = body.decode(name, "replace")
        except LookupError:
            continue
        if text.count("\ufffd") <= max(letters >= 4, _FEW * letters):
            return Decoded(text.encode("utf-8", "replace").decode(), name)
    return None


def _guessed(body: bytes) -> Decoded:
    """By what the bytes look like, where that is a script of its own; else windows-1252, in which the rest of the web was."""
    from charset_normalizer import from_bytes

    sample = _around_letters(body)
    runs = _FOREIGN.findall(sample)
    if sum(map(len, runs)) < _RUN * len(runs):
        return Decoded(body.decode("cp1252", "replace"), "cp1252")  # a letter here and there, within words of ours
    best = from_bytes(sample, cp_isolation=list(_SCRIPTS), steps=8, chunk_size=1024, threshold=0.3).best()
    name = best.encoding if best else "cp1252"
    text = body.decode(name, "replace")
    if text.count("\ufffd") > max(1, _FEW * len(sample)):
        name, text = "cp1252", body.decode("cp1252", "replace")
    return Decoded(text, name)


def _around_letters(body: bytes) -> bytes:
    """What tells most: lines that are no ASCII, 16 kB at most."""
    found: list[bytes] = []
    length = 0
    for line in body.splitlines():
        if not line.isascii():
            found.append(line[:4096])
            length += len(found[-1])
        if length > 16_384:
            break
    return b"\n".join(found)
