"""Pages that tests need, each with what the test does not care about filled in; texts that mean harm."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from models.contract import ConceptPage, Coverage, Matched, NewsLink, PageData, Published, RelatedConcept, Status
from pipeline.stages.showing.feeds import Address

KNOWN = Address("Plain Words", "en", "https://words.example/glossary/")
UNKNOWN = Address("Plain Words", "en")
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "<!-- -- --> ]]> <![CDATA[ ]]>",
    "&lt;b&gt; &amp;amp; &#0; &nbsp",
    "{{ 7 * 7 }} {% raw %} ${x}",
    "\u202eevil\u202c \u2066isolated\u2069 \u200f",
    "a\x00b\x08c\x0bd\x1be\x7ff\x85g\ufffeh\uffff",
    "lone \ud800 and \udfff surrogates",
    "lines\u2028and\u2029paragraphs\r\nand\rreturns\tand tabs",
    "👩‍🚀 نموذج 模型 ﷽",
    "long " + "ab<&" * 2500,
    "",
    "   ",
)
ADDRESSES = (
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    "https://[broken/",
    "https://paper.example/\ud800",
    "mailto:a@b.example",
    "",
)
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=80), st.text(st.characters(categories=["Cs", "Cc", "Cn", "Po", "Sm"]), max_size=20)
)
addresses = st.one_of(st.sampled_from(ADDRESSES), texts, st.text(max_size=40).map(lambda text: "https://paper.example/" + text))


def moment(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 8, day, hour, tzinfo=UTC)


def link(number: int = 1, **wanted) -> NewsLink:
    values = {
        "concept_slug": "foundation-model",
        "position": number,
        "title": f"Heron-{number}B is out: an open foundation model",
        "url": f"https://bench.example/heron-{number}b",
        "source_name": "Open Bench",
        "source_slug": "open-bench",
        "source_homepage": "https://bench.example/",
        "published_at": moment(29),
        "published_from": "feed",
        "published_precision": "minute",
        "relevance": 0.953,
        "also_covered_by": (Coverage("Harrow Courier", "https://courier.example/heron"),),
        "passage": "The base model was trained on river data.",
        "terms": (
            Matched("foundation model", 0.21, "title"),
            Matched("model", 0.1, "body"),
            Matched("base model", 0.08, "lead"),
            Matched("(other terms)", 0.02, "body"),
        ),
        "text_from": "page",
        "pinned": False,
        "rank": number,
        "linked_at": moment(30, 20),
        "similarity": 0.41,
    }
    return NewsLink(**{**values, **wanted})


def concept(slug: str = "foundation-model", **wanted) -> ConceptPage:
    values = {
        "name": "Foundation Model",
        "definition": "A large model trained once on broad data.",
        "added_on": date(2026, 5, 17),
        "minutes_to_read": 2,
        "link_count": 12,
        "newest_link_at": moment(29),
        "aliases": ("foundation models", "base model"),
        "body": "Training takes **months**.",
        "analogy": "",
        "example": "",
        "why_it_matters": "",
    }
    return ConceptPage(slug, **{**values, **wanted})


def related(slug: str = "fine-tuning", **wanted) -> RelatedConcept:
    values = {"related_name": "Fine-tuning", "related_definition": "Teaching a trained model a narrower task.", "similarity": 0.4}
    return RelatedConcept("foundation-model", 1, slug, **{**values, **wanted})


def box(*news: NewsLink, about: ConceptPage | None = None, near: tuple[RelatedConcept, ...] = ()) -> PageData:
    return PageData(about or concept(), news, near)


def published(*pages: PageData, renamed=(), newest=None, run=None) -> Published:
    return Published(Status(1, "9f3c", 3, run, newest, 4711, 1), pages, dict(renamed))


@st.composite
def boxes(draw) -> PageData:
    """Boxes whose every text and address may be anything."""
    news = [
        link(
            number,
            title=draw(texts),
            url=draw(addresses),
            source_name=draw(texts),
            source_homepage=draw(addresses),
            passage=draw(texts),
            terms=tuple(Matched(term, 0.1, "body") for term in draw(st.lists(texts, max_size=2))),
            also_covered_by=(Coverage(draw(texts), draw(addresses)),),
            published_precision=draw(st.sampled_from(["minute", "day"])),
            pinned=draw(st.booleans()),
        )
        for number in range(1, draw(st.integers(1, 3)))
    ]
    about = concept(name=draw(texts), definition=draw(texts), aliases=tuple(draw(st.lists(texts, max_size=2))))
    return box(*news, about=about, near=(related(related_name=draw(texts), related_definition=draw(texts)),))
