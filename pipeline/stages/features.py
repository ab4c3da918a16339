"""features.count: an article's words by field, once for all scorers; and the forms in which words are compared."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from models.article import Features, TextFrom

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_NO_PLURAL = ("ss", "is", "ias")  # loss, analysis, bias
LONGEST_TEXT = 5000  # words; a longer article has said what it is about


def words(text: str) -> list[str]:
    """The words of a text in lower case; possessives lose their ending."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [word.removesuffix("'s") if "'" in word else word for word in found]


@lru_cache(maxsize=8)
def stemmer(language: str) -> Callable[[Sequence[str]], list[str]]:
    """Snowball's stemmer for an ISO 639-1 code; languages without one keep their words."""
    import Stemmer

    name = _STEMMERS.get(language)
    if name is None:
        return list
    made: Any = Stemmer.Stemmer(name, 100_000)
    return made.stemWords  # type: ignore[no-any-return]


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """An English plural without its s: names are compared in this form, for a stem joins Transformer and transform."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" and not word.endswith(_NO_PLURAL) else word


def count(title: str, text: str, text_from: TextFrom) -> Features:
    """Words of the title and of the text (at most its first LONGEST_TEXT)."""
    return Features(" ".join(words(title)), " ".join(words(text)[:LONGEST_TEXT]), text_from)


def fields(article: Features, lead_words: int) -> tuple[list[str], list[str], list[str]]:
    """Words of the title, of the first `lead_words` of the text, and of the rest."""
    tokens = article.text.split()
    return article.title.split(), tokens[:lead_words], tokens[lead_words:]
