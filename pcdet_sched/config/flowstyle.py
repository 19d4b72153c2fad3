"""Edits in flow style: entries in brackets, commas between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.config.cuts import Cuts
    from pcdet_sched.config.tree import Slot

_REST_OF_LINE = re.compile("[ ]*,?[ ]*(#[^\n\r\x85\u2028\u2029]*)?[\n\r\x85\u2028\u2029]")


class FlowStyle:
    """What changes between the brackets of a text. New entries come as text, in one line each."""

    def __init__(self, cuts: Cuts) -> None:
        self.cuts, self.layout = cuts, cuts.layout

    def remove(self, entries: list[Slot], removed: list[Slot]) -> None:
        """Each entry takes a comma with it; one that has its lines to itself takes these."""
        gone = set(removed)
        last_kept = max((n for n, slot in enumerate(entries) if slot not in gone), default=-1)
        for number, slot in enumerate(entries):
            if slot in gone:
                self.cuts.forget(slot)
                self._remove(entries, number, number < last_kept)

    def _remove(self, entries: list[Slot], number: int, more: bool) -> None:
        start, end = self.layout.start(entries[number]), self.layout.end(entries[number])
        if self._has_own_lines(entries[number]):
            self.cuts.cut_lines(start, end)
            comma = self.layout.skip(end)
            if comma >= self.layout.next_line(end) and self.layout.text[comma] == ",":
                self.cuts.cut(comma, comma + 1, " ")
            return
        self.cuts.cut(start, end)
        if more:
            self._cut_gap(end, self.layout.start(entries[number + 1]))
        elif number and not self._has_own_lines(entries[number - 1]):
            self._cut_gap(self.layout.end(entries[number - 1]), start)

    def _has_own_lines(self, slot: Slot) -> bool:
        start, end = self.layout.start(slot), self.layout.end(slot)
        return not self.layout.before(start).strip(" ") and _REST_OF_LINE.match(self.layout.text, end) is not None

    def _cut_gap(self, start: int, end: int) -> None:
        """What stands between two entries; if there is a comment in it, only the comma goes."""
        if "#" not in self.layout.text[start:end]:
            self.cuts.cut(start, end)
            return
        comma = self.layout.skip(start)
        self.cuts.cut(comma, comma + 1, " " if self.layout.text[comma + 1] == "#" else "")

    def add(self, _: list[Slot], kept: list[Slot], texts: list[str]) -> None:
        """New keys follow the last one that stays, on lines of their own where it has one."""
        if not texts:
            return
        layout, last = self.layout, kept[-1]
        end = layout.end(last)
        if not self._has_own_lines(last):
            self.cuts.cut(end, end, "".join(", " + text for text in texts))
            return
        comma = layout.text[layout.skip(end)] == ","
        if not comma:
            self.cuts.cut(end, end, ",")
        line, indent = layout.next_line(end), layout.before(layout.start(last))
        lines = f",{layout.line_break}".join(indent + text for text in texts)
        self.cuts.cut(line, line, lines + ("," if comma else "") + layout.line_break)

    def can_resize(self, _: list[Slot]) -> bool:
        """A list in brackets takes and loses any item."""
        return True

    def resize(self, items: list[Slot], removed: list[Slot], place: int, texts: list[str]) -> None:
        """A list in brackets: `removed` go, new ones come before the item numbered `place`."""
        self.remove(items, removed)
        gap = self.layout.text[self.layout.end(items[0]) : self.layout.start(items[1])] if len(items) > 1 else ", "
        comma = gap if gap in (",", ", ") else ", "  # as this list writes it
        if texts and place:
            end = self.layout.end(items[place - 1])
            self.cuts.cut(end, end, "".join(comma + text for text in texts))
        elif texts:
            start = self.layout.start(items[0])
            self.cuts.cut(start, start, "".join(text + comma for text in texts))
