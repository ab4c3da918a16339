"""SKOS as others write it: what becomes of each property, and what is refused."""

import logging
import sys
from datetime import date
from pathlib import Path

import pytest

from config.exchange import read
from models.errors import ConfigError, UsageError

DATA = Path(__file__).parent.parent.parent / "data" / "exchange"
BASE = "https://thesaurus.example/harbour"
PREFIX = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix : <https://x.example/> .\n"
ROOT = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">'
CONCEPT = "<skos:Concept><skos:prefLabel>&b;</skos:prefLabel></skos:Concept></rdf:RDF>"


def by_slug(name, language="en"):
    return {one.slug: one for one in read(DATA / name, "", language).drafts}


def from_text(tmp_path, text, name="x.ttl", language="en"):
    (tmp_path / name).write_text(text, "utf-8")
    return read(tmp_path / name, "", language).drafts


def test_a_thesaurus_becomes_drafts_property_by_property():
    found = by_slug("harbour.ttl")
    assert set(found) == {"quay-10", "port", "mooring", "boje", "undefined", "nameless"}  # no scheme, no collection
    quay = found["quay-10"]
    assert (quay.name, quay.aliases) == ("Quay", ("Q1", "qauy", "wharf"))
    assert quay.definition == "A wall that ships lie along."
    assert quay.body == "### Kinds\nStone or steel.\n\nShips are loaded there."
    assert quay.example == "The east quay is 400 metres long."
    assert quay.added == date(2019, 3, 4)
    related = ("/B%C3%B8je", "/undefined", "#Port", "/mooring")  # related, broader, narrower
    assert quay.related == tuple(BASE + one for one in related)
    assert (quay.analogy, quay.why_it_matters, quay.was) == (None, None, None)


def test_texts_are_taken_in_the_best_language_there_is():
    english, german = by_slug("harbour.ttl"), by_slug("harbour.ttl", "de")
    assert [one["port"].name for one in (english, german)] == ["Port", "Hafen"]  # en-GB is English
    assert [one["boje"].name for one in (english, german)] == ["Bøje", "Bøje"]  # da before tr
    assert [one["mooring"].name for one in (english, german)] == ["Mooring", "Mooring"]  # of no language
    assert (german["quay-10"].name, german["quay-10"].aliases) == ("Kai", ("Kaje", "Q1"))
    assert by_slug("harbour.ttl", "nl")["quay-10"].name == "Quay"  # English where nothing is nearer


def test_a_definition_may_be_a_scope_note_a_comment_or_a_node():
    found = by_slug("harbour.ttl")
    assert found["port"].definition == 'A place where ships "call": a harbour with quays.'
    assert found["mooring"].definition == "Making a ship fast."
    assert found["boje"].definition == "Et flydende mærke."
    assert found["undefined"].definition == ""


def test_a_day_that_is_none_is_left_to_the_import_and_no_traceback_is_printed(caplog):
    with caplog.at_level(logging.DEBUG):
        assert by_slug("harbour.ttl")["port"].added is None
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["harbour.rdf", "harbour.json"])
def test_rdf_xml_and_json_ld_are_told_by_their_content(name, tmp_path):
    (one,) = read(DATA / name, "", "en").drafts
    assert (one.slug, one.name, one.definition, one.aliases) == ("quay", "Quay", "A wall that ships lie along.", None)
    (tmp_path / "export").write_bytes((DATA / name).read_bytes())
    assert read(tmp_path / "export", "", "en").drafts == (one,)


def test_labels_of_one_language_and_several_regions_are_aliases(tmp_path):
    (one,) = from_text(tmp_path, PREFIX + ':c skos:prefLabel "Color"@en-US, "Colour"@en-GB, "Farbe"@de .')
    assert (one.name, one.aliases) == ("Colour", ("Color",))


def test_a_concept_without_an_address_takes_its_slug_from_its_name(tmp_path):
    (one,) = from_text(tmp_path, PREFIX + '[] a skos:Concept ; skos:prefLabel "Über uns" .')
    assert (one.slug, one.where) == ("", "a concept without an address")


@pytest.mark.parametrize(
    ("name", "text", "where", "wrong"),
    [
        ("x.ttl", PREFIX + ':c skos:prefLabel "Open', "", "Quote expected"),
        ("x.ttl", PREFIX + "\n:c :d", "", "ends too early"),
        ("x.ttl", PREFIX + "\n:c :d :e\n:f :g :h .", ":5", "expected '.'"),
        ("x.ttl", PREFIX + ":c :d " + "(" * 5000, "", "recursion"),
        ("x.ttl", PREFIX, "", "has no concept"),
        ("x.rdf", ROOT, ":1", "is not RDF/XML"),
        ("x.rdf", ROOT + "<skos:Concept/></rdf>", ":1", "mismatched tag"),
        ("x.rdf", '<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>' + ROOT + CONCEPT, "", "an entity of entities"),
        ("x.rdf", '<!DOCTYPE r [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + ROOT + CONCEPT, "", "one elsewhere"),
        ("x.jsonld", "{", "", "is not JSON"),
        ("x.jsonld", '{"@context": "https://x.example/context"}', "", "has its context at https://x.example/context"),
        ("x.jsonld", '{"@context": [["https://x.example/c"]], "@id": "a"}', "", "has its context at"),
        ("x.jsonld", '{"@context": {"t": {"@id": "x:y", "@context": "c"}}, "@id": "a"}', "", "has its context at c"),
        ("x.jsonld", '{"@context": 1.5, "@id": "a"}', "", "is not JSON-LD"),
        ("x.jsonld", '{"@context": {"a": "x:"}, "@id": "a"}', "", "has no concept"),
    ],
)
def test_what_is_no_skos_is_a_sentence_with_its_line(tmp_path, name, text, where, wrong):
    with pytest.raises(UsageError) as caught:
        from_text(tmp_path, text, name)
    assert caught.value.where == f"{tmp_path / name}{where}"
    assert wrong in caught.value.wrong


def test_without_rdflib_the_remedy_is_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdflib", None)
    with pytest.raises(ConfigError) as caught:
        read(DATA / "harbour.ttl", "", "en")
    assert caught.value.remedy == "pip install 'conceptwire[skos]'"
