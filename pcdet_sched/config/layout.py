"""Where the parts of a file stand in its text. Indexes count characters; an end is one past the last.

PyYAML's own end of a block collection is the start of whatever comes next, comments skipped, and its end of a
`|` scalar is after the blank lines that follow; so ends are found from the last leaf.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pcdet_sched.config.errors import LINE_BREAK
from pcdet_sched.config.tree import Slot, slots

if TYPE_CHECKING:
    from pcdet_sched.config.reader import Alias, Source

_BREAKS = "\n\r\x85\u2028\u2029"
_SKIPPED = re.compile(rf"(?:[ {_BREAKS}]|#[^{_BREAKS}]*)*")
_PROPERTY = re.compile(rf"[&!][^ \t{_BREAKS}]*")
_ANCHOR = re.compile(r"&[\w-]+")


class Layout:
    """The text of a source with a line break at its very end, and the places of things in it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        first = LINE_BREAK.search(source.text)
        self.line_break = first.group() if first else "\n"
        self.whole = source.text[-1:] in tuple(_BREAKS)
        self.text = source.text if self.whole else source.text + self.line_break

    def slots(self, node: Node) -> list[Slot]:
        """The entries of a mapping or a list."""
        return slots(self.source, node)

    @cached_property
    def uses(self) -> dict[Node, list[Alias]]:
        """The aliases of each anchored node, in the order of the text."""
        found: dict[Node, list[Alias]] = {}
        for alias in sorted(self.source.aliases.values(), key=lambda alias: alias.start):
            found.setdefault(alias.node, []).append(alias)
        return found

    def line_start(self, index: int) -> int:
        """Of the line that holds `index`."""
        return max(self.text.rfind(char, 0, index) for char in _BREAKS) + 1

    def next_line(self, index: int) -> int:
        """The start of the line after the one that holds `index`."""
        found = LINE_BREAK.search(self.text, index)
        return found.end() if found else len(self.text)

    def skip(self, index: int) -> int:
        """Past spaces, line breaks and comments."""
        found = _SKIPPED.match(self.text, index)
        return found.end() if found else index

    def before(self, index: int) -> str:
        """What stands on the line before `index`."""
        return self.text[self.line_start(index) : index]

    def start(self, slot: Slot) -> int:
        """Of the entry: its key, or the `?` before it; in a list its value."""
        if slot.key is None:
            return self.value_start(slot)
        start = slot.key_alias.start if slot.key_alias else slot.key.start_mark.index
        mark = len(self.text[:start].rstrip(" ")) - 1
        return mark if mark >= 0 and self.text[mark] == "?" else start

    def key_end(self, slot: Slot) -> int:
        """Of the key; in a list the start of the value."""
        if slot.key is None:
            return self.value_start(slot)
        return slot.key_alias.end if slot.key_alias else self._node_end(slot.key)

    def colon(self, slot: Slot) -> int | None:
        """One past the `:` between key and value; None if absent (`? key`, `{key}`)."""
        index = self.skip(self.key_end(slot))
        return index + 1 if slot.key is not None and self.text[index : index + 1] == ":" else None

    def value_start(self, slot: Slot) -> int:
        """Of the value, its anchor and tag included."""
        return slot.alias.start if slot.alias else int(slot.value.start_mark.index)

    def content_start(self, slot: Slot) -> int:
        """Of the value, past its anchor and tag."""
        end = self.properties_end(slot)
        return self.skip(end) if end > self.value_start(slot) else end

    def properties_end(self, slot: Slot) -> int:
        """One past the value's anchor and tag; the value's start where it has none."""
        index = end = self.value_start(slot)
        entries = [] if is_flow(slot.value) else self.slots(slot.value)
        limit = self.start(entries[0]) if entries else self.end(slot)  # the first key may have an anchor too
        while index < limit and (found := _PROPERTY.match(self.text, index)):
            end = found.end()
            index = self.skip(end)
        return end

    def anchor(self, slot: Slot) -> str:
        """The value's own anchor as it is written, such as `&lr`, or nothing."""
        found = _ANCHOR.search(self.text[self.value_start(slot) : self.properties_end(slot)])
        return found.group() if found and slot.alias is None and slot.value in self.source.anchors else ""

    def end(self, slot: Slot) -> int:
        """Of the entry's last character that means something."""
        if slot.alias:
            return slot.alias.end
        if is_empty(slot.value):
            return self.colon(slot) or self.key_end(slot)
        return self._node_end(slot.value)

    def _node_end(self, node: Node) -> int:
        end = int(node.end_mark.index)
        if isinstance(node, ScalarNode):
            if node.style not in ("|", ">"):
                return end
            start = int(node.start_mark.index)
            return start + len(self.text[start:end].rstrip(" " + _BREAKS))
        return end if is_flow(node) else self.end(self.slots(node)[-1])

    def insertion(self, slot: Slot) -> int:
        """The start of the line where a new entry can follow this one."""
        leaf = slot
        while leaf.alias is None and not is_flow(leaf.value) and (below := self.slots(leaf.value)):
            leaf = below[-1]
        if leaf.alias is None and isinstance(leaf.value, ScalarNode) and leaf.value.style in ("|", ">"):
            start = self.content_start(leaf)
            if "+" in self.text[start : start + 3]:  # the blank lines after it belong to it
                return int(leaf.value.end_mark.index)
        return self.next_line(self.end(slot))

    def indent(self, slot: Slot) -> int:
        """The column, from 0, in which the entries of this mapping start."""
        return len(self.before(self.start(slot)).lstrip("\ufeff"))


def is_flow(node: Node) -> bool:
    """Whether a collection is written in brackets."""
    return isinstance(node, (MappingNode, SequenceNode)) and bool(node.flow_style)


def is_empty(node: Node) -> bool:
    """Whether a value takes no character at all, as in `KEY:`."""
    return isinstance(node, ScalarNode) and bool(node.start_mark.index == node.end_mark.index)
