"""Make pcdet_sched/compare/forks.json: the range of every number in the OPTIMIZATION blocks of public forks.

    python scripts/fork_ranges.py FOLDER

FOLDER holds the forks' YAML files, at any depth. Only the least, the greatest and the number of blocks are kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pcdet_sched as ps
from pcdet_sched.compare.nearest import ranges

TARGET = Path(__file__).parents[1] / "pcdet_sched" / "compare" / "forks.json"


def blocks(folder: Path) -> list[dict[str, Any]]:
    """Every OPTIMIZATION block of the files in a folder, nested ones too; files that are no config are left out."""
    found = []
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            config = ps.load(path.read_bytes())
        except ps.ConfigError:
            continue
        found += [ps.load(config.text, block=name).optimization for name in config.blocks]
    return found


def table(folder: Path) -> dict[str, Any]:
    """What the file holds: entry → [least, greatest, number of values], and how many blocks were read."""
    read = blocks(folder)
    spans = {name: [span.low, span.high, span.count] for name, span in sorted(ranges(read).items())}
    return {"blocks": len(read), "ranges": spans}


def as_text(found: dict[str, Any]) -> str:
    """One line per entry, so that a change shows as a change of lines."""
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in found["ranges"].items())
    return f'{{\n "blocks": {found["blocks"]},\n "ranges": {{\n{rows}\n }}\n}}\n'


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    TARGET.write_text(as_text(table(Path(sys.argv[1]))), encoding="utf-8")
    print(f"wrote {TARGET}")
