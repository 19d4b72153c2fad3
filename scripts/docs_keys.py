"""Write docs/keys.md from the table of keys and the list of findings: `python scripts/docs_keys.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pcdet_sched.config.write import text_of
from pcdet_sched.findings import CODES
from pcdet_sched.findings.codes import SEVERITIES
from pcdet_sched.keys import GROUPS, KEYS, OPTIMIZERS

if TYPE_CHECKING:
    from pcdet_sched.key import Key

TARGET = Path(__file__).resolve().parents[1] / "docs" / "keys.md"

_LEGEND = (
    "`r` read and used · `R` read, so it must be valid, yet without effect · `-` never read · `w` only while LR_WARMUP "
    "is true · `a` only with mixed precision"
)
_TITLES = {
    "error": "Errors: the trainer stops",
    "warning": "Warnings: it trains, but hardly as meant",
    "info": "Good to know",
}


def document() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_keys(), *_findings()])


def _head() -> Iterator[str]:
    yield from ("# Keys and findings", "")
    yield "Made by `scripts/docs_keys.py` from `pcdet_sched/keys.py` and `pcdet_sched/findings/`; edit those."
    yield from ("", "## Which key matters to which optimizer", "", _LEGEND, "")
    yield "| key | " + " | ".join(OPTIMIZERS) + " |"
    yield "|---" * (len(OPTIMIZERS) + 1) + "|"
    for key in KEYS.values():
        yield f"| {key.name} | " + " | ".join(f"`{key.use(name).value}`" for name in OPTIMIZERS) + " |"
    yield ""


def _keys() -> Iterator[str]:
    for group in GROUPS:
        yield from (f"## {group}", "")
        for key in KEYS.values():
            if key.group == group:
                yield from _key(key)


def _key(key: Key) -> Iterator[str]:
    unit = f" ({key.unit})" if key.unit else ""
    span = f", {key.range_text}" if key.range_text else ""
    yield from (f"### {key.name}", "", key.meaning, "")
    yield f"- Type: {key.type_text}{span}{unit}"
    yield f"- Read first in stage: {key.stage}" + (", optional" if key.optional else "")
    yield f"- In a new block: `{text_of(key.default)}`"
    yield from (f"- Trap: {trap}" for trap in key.traps)
    yield ""


def _findings() -> Iterator[str]:
    yield from ("# Findings", "", "What `pcdet-sched check` and the page say about a block, by code.", "")
    for severity in SEVERITIES:
        yield from (f"## {_TITLES[severity]}", "")
        for code in CODES.values():
            if code.severity == severity:
                yield from (f"### {code.name}", "", f"{code.title}. {code.explanation}", "")


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
    print(f"wrote {TARGET}")
