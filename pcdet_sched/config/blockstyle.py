"""Edits in block style: entries on lines of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.parts import matched
from pcdet_sched.config.write import text_of

if TYPE_CHECKING:
    from pcdet_sched.config.layout import Layout
    from pcdet_sched.config.surgery import Surgeon
    from pcdet_sched.config.tree import Slot

_ITEM = re.compile(r" *- *")


def remove(surgeon: Surgeon, _: list[Slot], removed: list[Slot]) -> None:
    """Each entry takes its lines with it, and only these."""
    for slot in removed:
        surgeon.forget(slot)
        start, end = surgeon.layout.start(slot), surgeon.layout.end(slot)
        if not surgeon.layout.before(start).strip(" "):
            _cut_lines(surgeon, start, end)
        else:  # the first key behind a dash: what stands before it has to stay
            surgeon.cut(start, end)


def add(surgeon: Surgeon, entries: list[Slot], added: dict[Any, Any]) -> None:
    """New keys go to the end of the block, with its indent and its line ends."""
    layout = surgeon.layout
    line = layout.insertion(entries[-1])
    indent = " " * layout.indent(entries[0])
    text = "".join(f"{indent}{surgeon.entry(key, value)}{layout.line_break}" for key, value in added.items())
    if text:
        surgeon.cut(line, line, text)


def resize(surgeon: Surgeon, slot: Slot, old: list[Any], new: list[Any]) -> None:
    """A list with an item on each line: only the items that differ are touched."""
    layout = surgeon.layout
    items = layout.slots(slot.value)
    dash = layout.before(layout.start(items[0]))
    first, changed, removed, added = matched(old, new)
    if len(old) != len(new) and not all(_has_own_lines(layout, item) for item in items):
        surgeon.replace(slot, text_of(new, surgeon.style))
        return
    for number in changed:
        surgeon.update(items[number], old[number], new[number])
    for number in removed:
        surgeon.forget(items[number])
        _cut_lines(surgeon, layout.start(items[number]), layout.end(items[number]))
    if not added:
        return
    line = layout.insertion(items[first - 1]) if first else layout.line_start(layout.start(items[0]))
    lines = "".join(f"{dash}{text_of(value, surgeon.style)}{layout.line_break}" for value in added)
    surgeon.cut(line, line, lines)


def _has_own_lines(layout: Layout, item: Slot) -> bool:
    """Whether a dash is all that stands before the item; `- - 1` starts two lists in one line."""
    return _ITEM.fullmatch(layout.before(layout.start(item))) is not None


def replace(surgeon: Surgeon, slot: Slot, text: str) -> None:
    """A list or mapping in block style becomes one line behind its key."""
    layout, entries = surgeon.layout, surgeon.layout.slots(slot.value)
    if layout.line_start(layout.start(entries[0])) == layout.line_start(layout.colon(slot) or 0):  # `: - 1`
        surgeon.cut(layout.value_start(slot), layout.end(slot), text)
        return
    for entry in entries:
        _cut_lines(surgeon, layout.start(entry), layout.end(entry))
    start, properties = layout.value_start(slot), layout.properties_end(slot)
    if properties > start:
        surgeon.cut(start, properties, text)
    else:
        place = layout.colon(slot) or layout.key_end(slot)
        surgeon.cut(place, place, " " + text)


def replace_scalar(surgeon: Surgeon, start: int, content: int, end: int, text: str) -> None:
    """A `|` or `>` scalar becomes one line; a comment behind the `|` stays."""
    layout = surgeon.layout
    header = re.compile("[|>][0-9+-]*").match(layout.text, content)
    surgeon.cut(start, header.end() if header else content, text)
    lines, last = layout.next_line(content), layout.next_line(end)
    if lines < last:
        surgeon.cut(lines, last)


def _cut_lines(surgeon: Surgeon, start: int, end: int) -> None:
    surgeon.cut(surgeon.layout.line_start(start), surgeon.layout.next_line(end))
