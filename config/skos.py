"""SKOS, the W3C's vocabulary for glossaries, read through rdflib (an extra); no server is asked for anything."""

import json
import logging
import re
import warnings
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.sax import SAXException, SAXParseException

from config.exchange_drafts import Draft, day, draft, line, split, text_of
from models.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from rdflib import Graph, Literal
    from rdflib.term import Node

_BASE = "http://import.invalid/"  # of addresses that are relative
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCT = "http://purl.org/dc/terms/"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWN = "urn:conceptwire:"  # what SKOS has no word for; and the order of lists, which RDF does not keep
PREFIXES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": _SKOS,
    "dct": _DCT,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "cw": OWN,
}
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!|(?:[A-Za-z][\w.-]*:)?RDF[\s>])")
_ENTITY = re.compile(rb"""<!ENTITY\s+[^\s"'%&]+\s+(?:"[^"&%]{0,500}"|'[^'&%]{0,500}')\s*>""")
_NAMES = {"xml": "RDF/XML", "turtle": "Turtle", "json-ld": "JSON-LD"}
_WRONG = (SyntaxError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, SAXException)


def is_xml(content: bytes) -> bool:
    """Whether it begins as RDF/XML does."""
    return _XML.match(content) is not None


def is_json_ld(text: str) -> bool:
    """Whether a JSON text is linked data: it has @context, @graph or @id."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    nodes = data if isinstance(data, list) else [data]
    return any(isinstance(node, dict) and any(key.startswith("@") for key in node) for node in nodes)


def drafts(path: Path, content: bytes, language: str) -> tuple[Draft, ...]:
    """Every skos:Concept, ordered by address. Raises ConfigError without rdflib, UsageError where the file is not RDF."""
    graph = _graph(path, content)
    made = [_draft(graph, node, language) for node in _concepts(graph)]
    return tuple(sorted(made, key=lambda one: (one.where, one.name, one.definition)))


def _graph(path: Path, content: bytes) -> "Graph":
    try:
        from rdflib import Dataset, Graph
    except ModuleNotFoundError:
        raise ConfigError(
            str(path), "SKOS is read by rdflib, which is not installed", "pip install 'conceptwire[skos]'"
        ) from None
    from rdflib.exceptions import ParserError

    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it would print tracebacks of dates that are none
    data: bytes | str = content
    syntax = "xml"
    if not is_xml(content):
        data = text_of(path, content)
        syntax = "json-ld" if data.lstrip()[:1] == "{" or is_json_ld(data) else "turtle"
    if syntax == "json-ld":
        _check_contexts(path, data)
    elif syntax == "xml" and content.count(b"<!ENTITY") > len(_ENTITY.findall(content)):
        raise UsageError(str(path), "declares an entity of entities, or one elsewhere", "convert it to Turtle")
    graph = Graph()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # in reading JSON-LD, rdflib uses what rdflib says not to use
            if syntax == "json-ld":  # it may give its graph a name
                every = Dataset()
                every.parse(data=data, format=syntax, publicID=_BASE)
                graph += (quad[:3] for quad in every.quads())
            else:
                graph.parse(data=data, format=syntax, publicID=_BASE)
    except (*_WRONG, ParserError) as error:
        where, wrong = _said(path, error)
        raise UsageError(where, f"is not {_NAMES[syntax]} ({wrong})", "SKOS as Turtle, RDF/XML or JSON-LD") from None
    return graph


def _check_contexts(path: Path, data: bytes | str) -> None:
    """Raises UsageError for a context elsewhere: reading a file asks no server."""
    try:
        waiting = [json.loads(data)]
    except (ValueError, RecursionError) as error:
        raise UsageError(str(path), f"is not JSON ({error})", "SKOS as Turtle, RDF/XML or JSON-LD") from None
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            contexts = [one.get("@context"), one.get("@import")]
            for context in contexts:
                if isinstance(context, list):
                    contexts += context
                elif isinstance(context, str):
                    raise UsageError(str(path), f"has its context at {context}", "put the context in the file, or use Turtle")
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _said(path: Path, error: BaseException) -> tuple[str, str]:
    """Where and what, of a parser's many ways to say it."""
    if isinstance(error, SAXParseException):
        return f"{path}:{error.getLineNumber()}", error.getMessage()
    if isinstance(error, IndexError):
        return str(path), "it ends too early"
    lines = getattr(error, "lines", None)
    found = re.search(r"Bad syntax \((.*?)\) at \^", str(error), re.DOTALL)
    wrong = line(found[1] if found else str(error))[:120] or type(error).__name__
    return (f"{path}:{lines + 1}" if isinstance(lines, int) else str(path)), wrong


def _concepts(graph: "Graph") -> "set[Node]":
    """What is typed as a concept, or has a preferred label and is no scheme or collection of them."""
    from rdflib import RDF, SKOS

    others = {
        node for kind in (SKOS.ConceptScheme, SKOS.Collection, SKOS.OrderedCollection) for node in graph.subjects(RDF.type, kind)
    }
    return set(graph.subjects(RDF.type, SKOS.Concept)) | (set(graph.subjects(SKOS.prefLabel)) - others)


def _draft(graph: "Graph", node: "Node", language: str) -> Draft:
    from rdflib import URIRef

    address = str(node) if isinstance(node, URIRef) else ""
    labels = _literals(graph, node, _SKOS + "prefLabel") or _literals(graph, node, _RDFS + "label")
    name = _first(labels, language)
    row = {
        "slug": _first(_literals(graph, node, _SKOS + "notation"), "") or _last(address),
        "name": name,
        "definition": _any(graph, node, language, _SKOS + "definition", _SKOS + "scopeNote", _RDFS + "comment"),
        "body": _notes(graph, node, language, _SKOS + "note"),
        "analogy": _notes(graph, node, language, OWN + "analogy"),
        "example": _notes(graph, node, language, _SKOS + "example"),
        "why_it_matters": _notes(graph, node, language, OWN + "why_it_matters"),
    }
    found = _any(graph, node, "", _DCT + "created", _DCT + "issued")
    lists = {
        "aliases": _aliases(graph, node, labels, name, language),
        "related": _related(graph, node),
        "was": _own(graph, node, "was"),
    }
    made = draft(address or "a concept without an address", row, lists, day(found or ""))
    return replace(made, key=str(node))


def _literals(graph: "Graph", node: "Node", predicate: str) -> "list[Literal]":
    """The texts of a property, those of notes that are nodes too."""
    from rdflib import RDF, Literal, URIRef

    found: list[Literal] = []
    for value in graph.objects(node, URIRef(predicate)):
        texts = [value] if isinstance(value, Literal) else graph.objects(value, RDF.value)
        found += [text for text in texts if isinstance(text, Literal)]
    return found


def _rank(text: "Literal", language: str) -> tuple[int, str]:
    """The less, the better: the language, one of its regions, no language, English, another by its tag."""
    tag = (text.language or "").lower()
    order = (tag == language, tag.startswith(f"{language}-"), not tag, tag == "en", tag.startswith("en-"), True)
    return order.index(True), tag


def _best(texts: "list[Literal]", language: str) -> list[str]:
    """Those in the best language there is, in the order of the alphabet."""
    best = min((_rank(text, language) for text in texts), default=None)
    return sorted(str(text) for text in texts if _rank(text, language) == best)


def _first(texts: "list[Literal]", language: str) -> str:
    return next(iter(_best([text for text in texts if text.strip()], language)), "")


def _any(graph: "Graph", node: "Node", language: str, *predicates: str) -> str | None:
    """The text of the first property that has one."""
    return next((text for one in predicates if (text := _first(_literals(graph, node, one), language))), None)


def _notes(graph: "Graph", node: "Node", language: str, *predicates: str) -> str | None:
    """All texts of the first property that has any, a paragraph each."""
    found = (_best(_literals(graph, node, one), language) for one in predicates)
    return next(("\n\n".join(texts) for texts in found if texts), None)


def _aliases(graph: "Graph", node: "Node", labels: "list[Literal]", name: str, language: str) -> tuple[str, ...] | None:
    """Further labels in the name's language, or in none."""
    tag = min((_rank(label, language)[1] for label in labels if str(label) == name), default="").partition("-")[0] or language
    every = labels + _literals(graph, node, _SKOS + "altLabel") + _literals(graph, node, _SKOS + "hiddenLabel")
    found = {line(text) for text in every if (text.language or "").lower().partition("-")[0] in {"", tag}} - {line(name)}
    return _ordered(_own(graph, node, "aliases"), tuple(sorted(found)))


def _related(graph: "Graph", node: "Node") -> tuple[str, ...] | None:
    """What it names as related, then the broader, then the narrower, by address; conceptwire's own in their order."""
    from rdflib import URIRef

    kinds = ("related", "broader", "narrower")
    found = [sorted(map(str, graph.objects(node, URIRef(_SKOS + kind)))) for kind in kinds]
    own = _own(graph, node, "related")
    return _ordered(own and tuple(OWN + "concept:" + slug for slug in own), tuple(dict.fromkeys(chain(*found))))


def _own(graph: "Graph", node: "Node", key: str) -> tuple[str, ...] | None:
    told = _literals(graph, node, OWN + key)
    return split(str(min(told))) if told else None


def _ordered(order: tuple[str, ...] | None, found: tuple[str, ...]) -> tuple[str, ...] | None:
    """What was found, in the order that was told of it; None where nothing was."""
    told = tuple(one for one in order or () if one in found)
    return (*told, *(one for one in found if one not in told)) or None


def _last(address: str) -> str:
    """The last part of an address: after #, / or :."""
    return unquote(re.split(r"[#/:]", address.rstrip("#/:"))[-1])
