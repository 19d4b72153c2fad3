"""What an edit takes out of a text and puts in, collected first and done at once."""

from __future__ import annotations

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
