"""linked: schema.org terms that a JSON-LD processor reads as what is meant."""

import json

import pytest
from hypothesis import given
from pyld import jsonld

from pipeline.stages.showing.feeds import as_json
from pipeline.stages.showing.linked import glossary, linked
from tests.unit.stages.showing.boxes import ADDRESSES, KNOWN, UNKNOWN, box, boxes, concept, link, published

SCHEMA = "http://schema.org/"
# What this needs of the context that schema.org serves.
CONTEXT = {
    "@vocab": SCHEMA,
    "schema": SCHEMA,
    "url": {"@id": "schema:url", "@type": "@id"},
    "datePublished": {"@id": "schema:datePublished", "@type": "schema:Date"},
}


def served(url, options):
    assert url == "https://schema.org"
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": {"@context": CONTEXT}}


def expanded(value):
    (node,) = jsonld.expand(json.loads(as_json(value)), {"documentLoader": served})
    return node


def values(node, name):
    return [one.get("@value", one.get("@id")) for one in node.get(SCHEMA + name, [])]


def test_a_concept_is_a_term_of_the_glossary_that_articles_are_about():
    page = box(link(1), link(2, published_precision="day"))
    node = expanded(linked(page, KNOWN.base_url, KNOWN.language))
    assert node["@type"] == [SCHEMA + "DefinedTerm"]
    assert node["@id"] == "https://words.example/glossary/foundation-model/"
    assert values(node, "url") == [node["@id"]]
    assert values(node, "name") == ["Foundation Model"]
    assert values(node, "description") == ["A large model trained once on broad data."]
    assert values(node, "termCode") == ["foundation-model"]
    assert values(node, "alternateName") == ["foundation models", "base model"]
    (around,) = node[SCHEMA + "inDefinedTermSet"]
    assert around["@type"] == [SCHEMA + "DefinedTermSet"]
    assert values(around, "inLanguage") == ["en"]
    first, second = node[SCHEMA + "subjectOf"]
    assert first["@type"] == [SCHEMA + "NewsArticle"]
    assert values(first, "headline") == ["Heron-1B is out: an open foundation model"]
    assert values(first, "url") == ["https://bench.example/heron-1b"]
    assert values(first, "datePublished") == ["2026-08-29T09:00:00Z"]
    assert values(second, "datePublished") == ["2026-08-29"]  # no hour that nobody said
    (publisher,) = first[SCHEMA + "publisher"]
    assert publisher["@type"] == [SCHEMA + "Organization"]
    assert (values(publisher, "name"), values(publisher, "url")) == (["Open Bench"], ["https://bench.example/"])


def test_the_glossary_is_the_set_that_its_terms_name():
    pages = (box(link(1)), box(about=concept("fine-tuning", name="Fine-tuning", aliases=())))
    node = expanded(glossary(published(*pages), KNOWN))
    assert node["@type"] == [SCHEMA + "DefinedTermSet"]
    assert values(node, "name") == ["Plain Words"]
    assert [values(term, "termCode") for term in node[SCHEMA + "hasDefinedTerm"]] == [["foundation-model"], ["fine-tuning"]]
    for page in pages:
        (named,) = expanded(linked(page, KNOWN.base_url, "en"))[SCHEMA + "inDefinedTermSet"]
        assert named["@id"] == node["@id"]


def test_where_the_address_is_not_known_concepts_and_glossary_have_none():
    for node in (expanded(linked(box(link(1)), "", "en")), expanded(glossary(published(box()), UNKNOWN))):
        assert "@id" not in node
        assert values(node, "url") == []


def test_a_concept_without_news_has_an_empty_list():
    assert linked(box(), "", "")["subjectOf"] == []
    assert glossary(published(), UNKNOWN)["hasDefinedTerm"] == []


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_no_web_address_is_left_out(url):
    (article,) = linked(box(link(1, url=url, source_homepage=url)), "", "en")["subjectOf"]
    assert "url" not in article
    assert "url" not in article["publisher"]


@given(boxes())
def test_whatever_a_box_holds_a_processor_reads_triples_from_it(page):
    data = json.loads(as_json(linked(page, KNOWN.base_url, "en")))
    triples = jsonld.to_rdf(data, {"documentLoader": served})["@default"]
    articles = [triple for triple in triples if triple["object"]["value"] == SCHEMA + "NewsArticle"]
    assert len(articles) == len(page.news)
    assert all(triple["subject"]["type"] == "blank node" for triple in articles)
