"""What the file itself tells: repeated and misspelt keys, base configs, blocks elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.tree import OPTIMIZATION, dotted
from pcdet_sched.findings.causes import has_base
from pcdet_sched.findings.wording import shown
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# Letters that a slip adds, drops or swaps. TEST_BATCH_SIZE_PER_GPU and LR_DECAY_EPOCHS are keys of forks, not slips.
_SLIP = 2
_ALIKE = 0.8


def repeated(case: Case) -> Iterator[Finding]:
    """Every key that stands twice, in the block and elsewhere: the trainer reads the whole file."""
    block = dotted(case.config.path)
    for duplicate in case.config.duplicates:
        lines = ", ".join(str(place.line) for place in duplicate.positions[:-1][:5])
        last = duplicate.positions[-1]
        own = duplicate.path == block
        value = f", `{shown(case.config.original.get(duplicate.key))}`" if own else ""
        name = duplicate.key if own or not duplicate.path else f"{duplicate.path}.{duplicate.key}"
        message = (
            f"`{shown(name)}` stands {len(duplicate.positions)} times: the last one wins, in line {last.line}{value}; "
            f"line {lines} has no effect."
        )
        yield case.finding("repeated-key", message, duplicate.key if own else None, at=last)


def misspelt(case: Case) -> Iterator[Finding]:
    """A key that is not in the table but looks like one that is."""
    for written in case.block:
        meant = _meant(written)
        if meant is None:
            continue
        there = meant in case.block
        fix: dict[str, Any] = {written: None} if there else {written: None, meant: case.block[written]}
        also = f", which is there as well with `{shown(case.block[meant])}`" if there else ""
        message = f"`{shown(written)}` is no key of the trainer, which never reads it: did you mean `{meant}`{also}?"
        yield case.finding("misspelt-key", message, written, fix)


def _meant(written: Any) -> str | None:
    if not isinstance(written, str) or written in KEYS:
        return None
    upper = written.strip().upper().replace("-", "_").replace(" ", "_")
    if upper in KEYS:
        return upper
    close = difflib.get_close_matches(upper, KEYS, 1, _ALIKE)
    return close[0] if close and abs(len(close[0]) - len(upper)) <= _SLIP else None


def other_blocks(case: Case) -> Iterator[Finding]:
    """A block that a fork's code reads."""
    if case.config.block == OPTIMIZATION:
        return
    message = (
        f"The block checked is `{shown(case.config.block)}`; OpenPCDet itself reads only `{OPTIMIZATION}`, so a "
        "fork's code decides what becomes of it."
    )
    yield case.finding("nested-block", message)


def base_config(case: Case) -> Iterator[Finding]:
    """A base config that could hold keys of the block."""
    if not has_base(case.config):
        return
    message = "The trainer merges the file that _BASE_CONFIG_ names in first; it is not opened here and may add keys."
    yield case.finding("base-config", message)


RULES = (repeated, misspelt, other_blocks, base_config)
