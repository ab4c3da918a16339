"""The contract (models.contract) in words: as Markdown, as JSON, as metadata for Datasette."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from models.contract import CONTRACT, CONTRACT_VERSION, Column, View

_INTRODUCTION = f"""# The contract

What sites may read, version {CONTRACT_VERSION} (`SELECT contract_version FROM status`). Printed by `conceptwire contract`.

* Within a version, views and columns are only **added**. Anything else (a column renamed or gone, another type, unit, order or
  meaning) is another version. So name the columns that you read; `SELECT *` may give more one day.
* The same names and columns stand in the **live database** (views over private tables) and in the **published copy** (tables).
* **Moments** are UTC, ISO 8601 with Z, to the second: text order is time order. **Days** are `YYYY-MM-DD`. Where
  `published_precision` is `day`, only the day of `published_at` is known.
* **Addresses** are absolute, http or https. **Titles, names and passages** are plain text: escape them as you would any text.
  Texts of concepts are Markdown without HTML.
* **JSON** columns are arrays; no other column needs parsing. No view needs a join.
* Rows come in the stated order where you ask for it with `ORDER BY`.
* Open the file read-only. You never wait for a run, and no run waits for you: one statement sees one moment, and so does a
  transaction of several. A concept's box changes whole.
* Tables that are not named here are private, and change as they like.
"""  # noqa: S608


def markdown() -> str:
    """Every view and column: type, unit, order, an example."""
    return "\n".join([_INTRODUCTION, *(line for view in CONTRACT for line in _section(view))])


def _section(view: View) -> Iterator[str]:
    yield f"## {view.name}\n\n{_sentence(view)}\n"
    yield "| column | type | what | example |\n|---|---|---|---|"
    for one in view.columns:
        yield f"| `{one.name}` | {_type(one)} | {_said(one)} | `{one.example}` |"
    yield ""


def _sentence(view: View) -> str:
    order = "One row." if not view.order else f"Order: `{view.order}`."
    key = f" One row for each `{', '.join(view.key)}`." if view.key else ""
    about = f" Rows: {view.row.__doc__[0].lower()}{view.row.__doc__[1:]}" if view.row.__doc__ else ""
    return f"{view.holds[0].upper()}{view.holds[1:]}.{about} {order}{key}"


def _type(one: Column) -> str:
    form = f", {one.form}" if one.form else ""
    return f"{one.kind}{form}{' or NULL' if one.null else ''}"


def _said(one: Column) -> str:
    return f"{one.meaning} ({one.unit})" if one.unit else one.meaning


def described() -> dict[str, Any]:
    """The same for programs."""
    views = [
        {"name": view.name, "holds": view.holds, "order": view.order, "key": view.key}
        | {"columns": [asdict(one) for one in view.columns]}
        for view in CONTRACT
    ]
    return {"contract_version": CONTRACT_VERSION, "views": views}


_LABELS = {"concepts": "name", "concept_news": "title", "concept_links": "title", "related_concepts": "related_name"}
_SORTS = {
    "concept_news": {"sort": "position"},
    "concept_links": {"sort_desc": "published_at"},
    "related_concepts": {"sort": "position"},
    "concepts": {"sort": "name"},
    "renamed_concepts": {"sort": "former_slug"},
    "link_changes": {"sort_desc": "sequence"},
    "source_health": {"sort": "last_success_at"},
}
_UNITS = {"minutes": "min"}  # those that Datasette's library knows; the others stand in the columns' descriptions
_QUERIES = {
    "news_of_a_concept": {
        "title": "In the news: one concept",
        "description": "What the concept's box shows; give its slug",
        "sql": "SELECT position, title, url, source_name, published_at, relevance, passage\n"
        "FROM concept_news WHERE concept_slug = :concept ORDER BY position",
    },
    "newest_links": {
        "title": "Newest links",
        "description": "Of all concepts, by the article's date",
        "sql": "SELECT published_at, concept_slug, title, url, source_name, relevance\n"
        "FROM concept_links ORDER BY published_at DESC, concept_slug LIMIT 100",
    },
    "silent_sources": {
        "title": "Silent sources",
        "description": "Outlets that fail, or gave no article in the 30 days before the last run",
        "sql": "SELECT source_slug, last_success_at, last_status, consecutive_failures, articles_30d, links_30d\n"
        "FROM source_health WHERE articles_30d = 0 OR consecutive_failures > 0 OR last_success_at IS NULL\n"
        "ORDER BY last_success_at, source_slug",
    },
    "search": {
        "title": "Search headlines and passages",
        "description": "Links that have all the words, best first",
        "sql": "SELECT concept_slug, title, url, passage\n"
        "FROM news_search WHERE news_search MATCH escape_fts(ifnull(nullif(trim(:words), ''), '-')) ORDER BY rank LIMIT 100",
    },
    "changes_since": {
        "title": "Changes since",
        "description": "What to rebuild; give the highest sequence that you have seen, or 0",
        "sql": "SELECT sequence, at, concept_slug, url, change, reason\n"
        "FROM link_changes WHERE sequence > :sequence ORDER BY sequence LIMIT 1000",
    },
}


def datasette(live: str, published: str, private: Iterable[str]) -> dict[str, Any]:
    """metadata.json for `datasette FILE -m metadata.json`, of databases by their files' stems; published is "" without one.

    `private` tables of the live one are hidden. The copy has none, and Datasette would hide what begins with their names.
    """
    about = "Ranked, dated, explained links from the concepts of a glossary to the news."
    shown = {"description": about, "tables": {view.name: _table(view) for view in CONTRACT}, "queries": _QUERIES}
    # Of two files of one name only one can be described: then the copy, whose tables Datasette would hide otherwise.
    hidden = {} if live == published else {name: {"hidden": True} for name in private}
    databases = {published: shown} if published else {}
    databases[live] = shown | {"tables": {**{view.name: _table(view) for view in CONTRACT}, **hidden}}
    return {"title": "Conceptwire", "description": about, "databases": databases}


def _table(view: View) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": _sentence(view),
        "columns": {one.name: f"{_said(one)} [{_type(one)}]" for one in view.columns},
        "units": {one.name: _UNITS[one.unit] for one in view.columns if one.unit in _UNITS},
    }
    if view.name in _LABELS:
        made["label_column"] = _LABELS[view.name]
    return made | _SORTS.get(view.name, {})
