"""Edits in flow style: entries in brackets, commas between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.parts import matched
from pcdet_sched.config.write import text_of

if TYPE_CHECKING:
    from pcdet_sched.config.layout import Layout
    from pcdet_sched.config.surgery import Surgeon
    from pcdet_sched.config.tree import Slot

_REST_OF_LINE = re.compile("[ ]*,?[ ]*(#[^\n\r\x85\u2028\u2029]*)?[\n\r\x85\u2028\u2029]")


def remove(surgeon: Surgeon, entries: list[Slot], removed: list[Slot]) -> None:
    """Each entry takes a comma with it; one that has its lines to itself takes these."""
    gone = set(removed)
    last_kept = max((n for n, slot in enumerate(entries) if slot not in gone), default=-1)
    for number, slot in enumerate(entries):
        if slot in gone:
            surgeon.forget(slot)
            _remove(surgeon, entries, number, number < last_kept)


def _remove(surgeon: Surgeon, entries: list[Slot], number: int, more: bool) -> None:
    layout = surgeon.layout
    start, end = layout.start(entries[number]), layout.end(entries[number])
    if _has_own_lines(layout, start, end):
        surgeon.cut(layout.line_start(start), layout.next_line(end))
        comma = layout.skip(end)
        if comma >= layout.next_line(end) and layout.text[comma] == ",":
            surgeon.cut(comma, comma + 1, " ")
        return
    surgeon.cut(start, end)
    if more:
        _cut_gap(surgeon, end, layout.start(entries[number + 1]))
    elif number and not _has_own_lines(layout, layout.start(entries[number - 1]), layout.end(entries[number - 1])):
        _cut_gap(surgeon, layout.end(entries[number - 1]), start)


def _has_own_lines(layout: Layout, start: int, end: int) -> bool:
    return not layout.before(start).strip(" ") and _REST_OF_LINE.match(layout.text, end) is not None


def _cut_gap(surgeon: Surgeon, start: int, end: int) -> None:
    """What stands between two entries; if there is a comment in it, only the comma goes."""
    gap = surgeon.layout.text[start:end]
    if "#" not in gap:
        surgeon.cut(start, end)
        return
    comma = surgeon.layout.skip(start)
    surgeon.cut(comma, comma + 1, " " if surgeon.layout.text[comma + 1] == "#" else "")


def add(surgeon: Surgeon, kept: list[Slot], added: dict[Any, Any]) -> None:
    """New keys follow the last one that stays, on lines of their own where it has one."""
    layout = surgeon.layout
    texts = [surgeon.entry(key, value) for key, value in added.items()]
    if not texts:
        return
    end, start = layout.end(kept[-1]), layout.start(kept[-1])
    if not _has_own_lines(layout, start, end):
        surgeon.cut(end, end, "".join(", " + text for text in texts))
        return
    comma = layout.text[layout.skip(end)] == ","
    if not comma:
        surgeon.cut(end, end, ",")
    line, indent = layout.next_line(end), layout.before(start)
    lines = f",{layout.line_break}".join(indent + text for text in texts)
    surgeon.cut(line, line, lines + ("," if comma else "") + layout.line_break)


def resize(surgeon: Surgeon, slot: Slot, old: list[Any], new: list[Any]) -> None:
    """A list in brackets: only the items that differ are touched."""
    layout = surgeon.layout
    items = layout.slots(slot.value)
    first, changed, removed, added = matched(old, new)
    for number in changed:
        surgeon.update(items[number], old[number], new[number])
    remove(surgeon, items, [items[number] for number in removed])
    texts = [text_of(value, surgeon.style) for value in added]
    if not texts:
        return
    comma = _separator(layout, items)
    if first:
        end = layout.end(items[first - 1])
        surgeon.cut(end, end, "".join(comma + text for text in texts))
    else:
        start = layout.start(items[0])
        surgeon.cut(start, start, "".join(text + comma for text in texts))


def _separator(layout: Layout, items: list[Slot]) -> str:
    """The comma as this list writes it."""
    gap = layout.text[layout.end(items[0]) : layout.start(items[1])] if len(items) > 1 else ", "
    return gap if gap in (",", ", ") else ", "
