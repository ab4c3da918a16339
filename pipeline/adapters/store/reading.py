"""What the command line shows, read from the contract views alone, as any site would."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.adapters.store.engine import Database


@dataclass(frozen=True)
class Reader:
    """Rows of the views as dictionaries; JSON columns parsed, `published_at` as a datetime only where asked."""

    database: Database

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self.database.reading() as connection:
            return [dict(row._mapping) for row in connection.exec_driver_sql(query, values)]

    def news(self, slug: str) -> list[dict[str, Any]]:
        """A concept's box, newest first."""
        return [_parsed(row) for row in self._rows("SELECT * FROM concept_news WHERE concept_slug = ? ORDER BY position", slug)]

    def links(self, slug: str) -> list[dict[str, Any]]:
        """All links of a concept, best first."""
        return [_parsed(row) for row in self._rows("SELECT * FROM concept_links WHERE concept_slug = ? ORDER BY rank", slug)]

    def related(self, slug: str) -> list[dict[str, Any]]:
        """A concept's neighbours."""
        return self._rows("SELECT * FROM related_concepts WHERE concept_slug = ? ORDER BY position", slug)

    def concepts(self) -> list[dict[str, Any]]:
        """All concepts."""
        return self._rows("SELECT * FROM concepts ORDER BY slug")

    def health(self) -> list[dict[str, Any]]:
        """How the sources fare."""
        return self._rows("SELECT * FROM source_health ORDER BY source_slug")


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "terms": json.loads(row["terms"]),
        "also_covered_by": json.loads(row["also_covered_by"]),
        "published_at": datetime.fromisoformat(row["published_at"]),
    }
