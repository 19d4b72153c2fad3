"""Edits in block style: entries on lines of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.config.cuts import Cuts
    from pcdet_sched.config.tree import Slot

_ITEM = re.compile(r" *- *")
_HEADER = re.compile("[|>][0-9+-]*")


class BlockStyle:
    """What changes in the lines of a text. New entries come as text, in one line each."""

    def __init__(self, cuts: Cuts) -> None:
        self.cuts, self.layout = cuts, cuts.layout

    def remove(self, _: list[Slot], removed: list[Slot]) -> None:
        """Each entry takes its lines with it, and only these."""
        for slot in removed:
            self.cuts.forget(slot)
            start, end = self.layout.start(slot), self.layout.end(slot)
            if not self.layout.before(start).strip(" "):
                self.cuts.cut_lines(start, end)
            else:  # the first key behind a dash: what stands before it has to stay
                self.cuts.cut(start, end)

    def add(self, entries: list[Slot], _: list[Slot], texts: list[str]) -> None:
        """New keys go to the end of the block, with its indent and its line ends."""
        if texts:
            line = self.layout.insertion(entries[-1])
            indent = " " * self.layout.indent(entries[0])
            self.cuts.cut(line, line, "".join(f"{indent}{text}{self.layout.line_break}" for text in texts))

    def can_resize(self, items: list[Slot]) -> bool:
        """Whether a dash is all that stands before each item; `- - 1` starts two lists in one line."""
        return all(_ITEM.fullmatch(self.layout.before(self.layout.start(item))) for item in items)

    def resize(self, items: list[Slot], removed: list[Slot], place: int, texts: list[str]) -> None:
        """A list with an item on each line: `removed` go, new ones come before the item numbered `place`."""
        layout = self.layout
        for item in removed:
            self.cuts.forget(item)
            self.cuts.cut_lines(layout.start(item), layout.end(item))
        if texts:
            dash = layout.before(layout.start(items[0]))
            line = layout.insertion(items[place - 1]) if place else layout.line_start(layout.start(items[0]))
            self.cuts.cut(line, line, "".join(f"{dash}{text}{layout.line_break}" for text in texts))

    def replace(self, slot: Slot, text: str) -> None:
        """A list or mapping in block style becomes one line behind its key."""
        layout, entries = self.layout, self.layout.slots(slot.value)
        if layout.line_start(layout.start(entries[0])) == layout.line_start(layout.colon(slot) or 0):  # `: - 1`
            self.cuts.cut(layout.value_start(slot), layout.end(slot), text)
            return
        at = layout.line_start(layout.start(entries[0]))
        for entry in entries:  # blank lines between them go as well, comments stay
            line, end = layout.line_start(layout.start(entry)), layout.next_line(layout.end(entry))
            self.cuts.cut(line if layout.text[at:line].strip() else at, end)
            at = end
        start, properties = layout.value_start(slot), layout.properties_end(slot)
        if properties > start:
            self.cuts.cut(start, properties, text)
        else:
            place = layout.colon(slot) or layout.key_end(slot)
            self.cuts.cut(place, place, " " + text)

    def replace_scalar(self, slot: Slot, text: str) -> None:
        """A `|` or `>` scalar becomes one line; a comment behind the `|` stays."""
        content, end = self.layout.content_start(slot), self.layout.end(slot)
        header = _HEADER.match(self.layout.text, content)
        self.cuts.cut(self.layout.value_start(slot), header.end() if header else content, text)
        lines, last = self.layout.next_line(content), self.layout.next_line(end)
        if lines < last:
            self.cuts.cut(lines, last)
