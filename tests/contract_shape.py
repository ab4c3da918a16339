"""The contract's shape, recorded by version: python -m tests.contract_shape records additions, or a new version's."""

import json
import sys
from pathlib import Path
from typing import Any

from models.contract import CONTRACT, CONTRACT_VERSION

GOLDEN = Path(__file__).parent / "golden" / "contract.json"
Shape = dict[str, Any]


def shape() -> Shape:
    """What programs rely on: views, their order and keys, columns with type, form, NULL and unit."""
    return {
        view.name: {
            "order": view.order,
            "key": list(view.key),
            "columns": {one.name: [one.kind, one.form, one.null, one.unit] for one in view.columns},
        }
        for view in CONTRACT
    }


def recorded() -> dict[str, Shape]:
    """Shapes by version."""
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


def broken(before: Shape, after: Shape) -> list[str]:
    """What `before` promises and `after` does not keep; [] where it only adds."""
    found = [f"{view} is gone" for view in before if view not in after]
    for view in before.keys() & after.keys():
        old, new = before[view], after[view]
        found += [f"{view}: another {what}" for what in ("order", "key") if old[what] != new[what]]
        found += [
            f"{view}.{name} is gone or another" for name, said in old["columns"].items() if new["columns"].get(name) != said
        ]
    return sorted(found)


def main() -> int:
    """Record the shape; 1 where it breaks a promise of its version."""
    known, now = recorded() if GOLDEN.exists() else {}, shape()
    faults = broken(known.get(str(CONTRACT_VERSION), {}), now)
    if faults:
        sys.stderr.write("\n".join([*faults, "raise CONTRACT_VERSION in models/contract.py"]) + "\n")
        return 1
    GOLDEN.write_text(json.dumps(known | {str(CONTRACT_VERSION): now}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
