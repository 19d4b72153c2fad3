"""What the file itself tells: repeated and misspelt keys, numbers in disguise, base configs, blocks elsewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from yaml.nodes import Node, ScalarNode

from pcdet_sched.config import tree
from pcdet_sched.config.blocks import OPTIMIZATION
from pcdet_sched.findings.wording import shown
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# Letters that a slip adds, drops or swaps. TEST_BATCH_SIZE_PER_GPU and LR_DECAY_EPOCHS are keys of forks, not slips.
_SLIP = 2
_ALIKE = 0.8

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# Longer ones are long because of their digits.
_LONGEST = 40
_DIGITS = re.compile(r"[-+]?\d+")
# With underscores only between thousands, where everyone reads over them.
_DECIMAL = re.compile(r"(\d+|\d{1,3}(_\d{3})+)?(\.\d*)?(e[-+]?\d+)?")


def repeated(case: Case) -> Iterator[Finding]:
    """Every key that stands twice, in the block and elsewhere: the trainer reads the whole file."""
    block = case.config.block
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


def misread(case: Case) -> Iterator[Finding]:
    """A number that YAML 1.1 reads as another one than it seems, in keys of the table that are not edited."""
    edits = case.config.edits
    for name in [name for name in KEYS if name in case.block and name not in edits]:
        slot = case.config.slot(name)
        parts = tree.walk(slot.value) if slot else ()
        odd = next((part for part in parts if isinstance(part, ScalarNode) and _is_misread(part)), None)
        if slot is None or odd is None:
            continue
        read, fix = shown(tree.value_of(odd)), _without_zeros(name, slot.value)
        advice = f"write `{fix[name]}`, or `{read}`" if fix else f"write `{read}`"
        message = f"`{name}`: `{odd.value}` is {read} to the trainer's YAML reader: {advice} if that is meant."
        yield case.finding("number-misread", message, name, fix)


def _is_misread(node: ScalarNode) -> bool:
    """Whether a plain number is neither decimal, nor openly hexadecimal or binary, nor read as it stands."""
    text = node.value.lstrip("+-").lower()
    if node.tag not in _NUMBERS or node.style or len(text) > _LONGEST or text.startswith(("0x", "0b", ".inf", ".nan")):
        return False
    if not _DECIMAL.fullmatch(text):
        return True
    value: float = tree.value_of(node)
    return abs(value) != (float(text) if set(text) & set(".e") else int(text))


def _without_zeros(name: str, node: Node) -> dict[str, Any] | None:
    """The fix for a number that is octal because it begins with 0: its digits as a decimal number."""
    return {name: int(node.value)} if isinstance(node, ScalarNode) and _DIGITS.fullmatch(node.value) else None


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
    if not case.config.needs_base:
        return
    message = "The trainer merges the file that _BASE_CONFIG_ names in first; it is not opened here and may add keys."
    yield case.finding("base-config", message)


RULES = (repeated, misspelt, misread, other_blocks, base_config)
