"""What an edit takes out of a text and puts in, collected first and done at once; in block style and in flow style."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pcdet_sched.config.errors import EditError
from pcdet_sched.config.layout import Layout
from pcdet_sched.config.tree import Slot, value_of
from pcdet_sched.config.write import Style, style_of, text_of
from pcdet_sched.language import _

if TYPE_CHECKING:
    from yaml.nodes import Node

    from pcdet_sched.config.reader import Source


class Cuts:
    """Characters of a source's text that are replaced, and the anchors that go with them."""

    def __init__(self, source: Source) -> None:
        self.layout = Layout(source)
        self.style: Style = style_of(source.root)
        self.notes: list[str] = []
        self._cuts: list[tuple[int, int, str]] = []
        self._gone: list[tuple[int, int]] = []
        self._lost: dict[Node, None] = {}  # in order

    def cut(self, start: int, end: int, text: str = "") -> None:
        """Put `text` in place of the characters from `start` to `end`."""
        glued = text and end > start and self.layout.text[end : end + 1] == "#"
        self._cuts.append((start, end, text + " " if glued else text))

    def cut_lines(self, start: int, end: int) -> None:
        """Take out every line from that of `start` to that of `end`."""
        self.cut(self.layout.line_start(start), self.layout.next_line(end))

    def forget(self, slot: Slot) -> None:
        """The entry goes: what it anchors must find a new place."""
        self._gone.append((self.layout.start(slot), self.layout.end(slot)))
        self._lose(slot)

    def forget_value(self, slot: Slot) -> None:
        """The entry's value goes, its key stays."""
        self._gone.append((self.layout.value_start(slot), self.layout.end(slot)))
        self._lose_value(slot)

    def _lose(self, slot: Slot) -> None:
        if slot.key is not None and slot.key_alias is None:
            self._lost[slot.key] = None
        self._lose_value(slot)

    def _lose_value(self, slot: Slot) -> None:
        if slot.alias is None:
            self._lost[slot.value] = None
            for entry in self.layout.slots(slot.value):
                self._lose(entry)

    def result(self) -> str:
        """The text with all cuts made.

        Raises:
            EditError: where two cuts would meet.
        """
        self._settle_anchors()
        parts, at = [], 0
        for start, end, text in sorted(self._cuts, key=lambda cut: (cut[0], cut[1])):
            if start < at:
                raise EditError(_("these edits touch the same characters and cannot be written together"))
            parts += [self.layout.text[at:start], text]
            at = end
        whole = "".join([*parts, self.layout.text[at:]])
        return whole if self.layout.whole else whole.removesuffix(self.layout.line_break)

    def _settle_anchors(self) -> None:
        """What was anchored in a value that goes stays what it is elsewhere: its first alias takes the anchor over."""
        for node in self._lost:
            aliases = self.layout.uses.get(node, [])
            uses = [alias for alias in aliases if not any(start <= alias.start < end for start, end in self._gone)]
            if uses:
                first, text = uses[0], text_of(value_of(node), self.style.like(node))
                self.cut(first.start, first.end, f"&{first.name} {text}")
                self.notes.append(
                    _(
                        "line {line}: *{name} keeps {text}, written out there now",
                        line=first.position.line,
                        name=first.name,
                        text=text,
                    )
                )


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
