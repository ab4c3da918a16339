"""SKOS written by hand, in an order that stays the same: one glossary, one text."""

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from config.exchange_drafts import joined
from config.skos import OWN, PREFIXES
from models.concept import Concept, Glossary


def write(glossary: Glossary, form: str) -> str:
    """The glossary as turtle, xml or json-ld: the same text for the same concepts."""
    scheme: _Node = ("ConceptScheme", OWN + "glossary", [("dct:language", "plain", (glossary.language,))])
    nodes = [scheme, *(("Concept", _address(concept.slug), _properties(concept)) for concept in glossary.concepts)]
    writers: dict[str, Callable[[list[_Node], str], str]] = {"turtle": _turtle, "xml": _rdf_xml, "json-ld": _json_ld}
    return writers[form](nodes, glossary.language)


_Property = tuple[str, str, tuple[str, ...]]  # a predicate, what its values are (text, plain, day, address), and they
_Node = tuple[str, str, list[_Property]]  # a kind, an address, its properties


def _address(slug: str) -> str:
    return f"{OWN}concept:{slug}"


def _properties(concept: Concept) -> list[_Property]:
    every: list[_Property] = [
        ("skos:inScheme", "address", (OWN + "glossary",)),
        ("skos:notation", "plain", (concept.slug,)),
        ("skos:prefLabel", "text", (concept.name,)),
        ("skos:altLabel", "text", concept.aliases),
        ("skos:definition", "text", (concept.definition,)),
        ("skos:note", "text", (concept.body,)),
        ("cw:analogy", "text", (concept.analogy,)),
        ("skos:example", "text", (concept.example,)),
        ("cw:why_it_matters", "text", (concept.why_it_matters,)),
        ("skos:related", "address", tuple(map(_address, concept.related))),
        ("dct:created", "day", (concept.added.isoformat(),)),
        ("cw:aliases", "plain", (joined(concept.aliases),)),
        ("cw:related", "plain", (joined(concept.related),)),
        ("cw:was", "plain", (joined(concept.was),)),
    ]
    return [(predicate, kind, values) for predicate, kind, values in every if any(values)]


def _turtle(nodes: list[_Node], language: str) -> str:
    def term(kind: str, value: str) -> str:
        if kind == "address":
            return f"<{value}>"
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        quoted = f'"""{plain}"""' if "\n" in plain else f'"{plain}"'
        return quoted + {"text": f"@{language}", "day": "^^xsd:date", "plain": ""}[kind]

    parts = ["".join(f"@prefix {prefix}: <{address}> .\n" for prefix, address in PREFIXES.items())]
    for node, address, properties in nodes:
        said = [f"    {name} {', '.join(term(kind, value) for value in values)}" for name, kind, values in properties]
        parts.append(" ;\n".join([f"<{address}> a skos:{node}", *said]) + " .\n")
    return "\n".join(parts)


def _rdf_xml(nodes: list[_Node], language: str) -> str:
    datatype = f' rdf:datatype="{PREFIXES["xsd"]}date"'
    marks = {"text": f' xml:lang="{language}"', "day": datatype, "plain": ""}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<rdf:RDF"]
    lines += [f'    xmlns:{prefix}="{address}"' for prefix, address in PREFIXES.items()]
    lines[-1] += ">"
    for node, address, properties in nodes:
        lines.append(f'  <skos:{node} rdf:about="{address}">')
        for name, kind, values in properties:
            for value in values:
                told = f' rdf:resource="{value}"/>' if kind == "address" else f"{marks[kind]}>{escape(value)}</{name}>"
                lines.append(f"    <{name}{told}")
        lines.append(f"  </skos:{node}>")
    return "\n".join([*lines, "</rdf:RDF>"]) + "\n"


def _json_ld(nodes: list[_Node], language: str) -> str:
    def term(kind: str, value: str) -> Any:
        other = {"address": {"@id": value}, "day": {"@value": value, "@type": "xsd:date"}, "plain": {"@value": value}}
        return other.get(kind, value)

    graph: list[dict[str, Any]] = []
    for node, address, properties in nodes:
        said = {name: [term(kind, value) for value in values] for name, kind, values in properties}
        graph.append({"@id": address, "@type": f"skos:{node}"} | {k: v[0] if len(v) == 1 else v for k, v in said.items()})
    context = PREFIXES | {"@language": language}
    return json.dumps({"@context": context, "@graph": graph}, ensure_ascii=False, indent=2) + "\n"
