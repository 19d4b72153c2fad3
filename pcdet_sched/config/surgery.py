"""Cutting and writing in a text: the smallest change that turns one value into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pcdet_sched.config import blockstyle, flowstyle
from pcdet_sched.config.errors import EditError
from pcdet_sched.config.layout import Layout, is_empty, is_flow
from pcdet_sched.config.reader import MAP_TAG, SEQ_TAG
from pcdet_sched.config.tree import Slot, find_merged, is_merge, key_of, value_of
from pcdet_sched.config.values import same
from pcdet_sched.config.write import Style, style_of, text_of

if TYPE_CHECKING:
    from pcdet_sched.config.reader import Source


class Surgeon:
    """Collects the cuts that an edit needs, then makes them all at once."""

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

    def update(self, slot: Slot, old: Any, new: Any) -> None:
        """Make the entry's value `new`; where it is a collection, part by part."""
        if same(old, new):
            return
        node = slot.value
        own = slot.alias is None and node not in self.layout.uses and node.tag in (MAP_TAG, SEQ_TAG)
        if own and isinstance(node, MappingNode) and isinstance(old, dict) and isinstance(new, dict):
            self._mapping(slot, old, new)
        elif own and isinstance(node, SequenceNode) and isinstance(old, list) and isinstance(new, list) and old and new:
            style = flowstyle if is_flow(node) else blockstyle
            style.resize(self, slot, old, new)
        else:
            self.replace(slot, text_of(new, self.style.like(node)))

    def _mapping(self, slot: Slot, old: dict[Any, Any], new: dict[Any, Any]) -> None:
        entries = self.layout.slots(slot.value)
        written: dict[Any, list[Slot]] = {}
        for entry in entries:
            if entry.key and not is_merge(entry):
                written.setdefault(key_of(entry.key), []).append(entry)
        removed = [entry for key in old if key not in new for entry in self._removable(slot, written, key)]
        changed = [key for key in new if key not in old or not same(old[key], new[key])]
        added = {key: new[key] for key in changed if key not in written}
        flow, gone = is_flow(slot.value), set(removed)
        kept = [entry for entry in entries if entry not in gone]
        if not kept and (flow or not added):
            self.replace(slot, text_of(added, self.style))
            return
        for key in changed:
            if key in written:
                self.update(written[key][-1], old[key], new[key])
        (flowstyle if flow else blockstyle).remove(self, entries, removed)
        (flowstyle if flow else blockstyle).add(self, kept if flow else entries, added)

    def _removable(self, slot: Slot, written: dict[Any, list[Slot]], key: Any) -> list[Slot]:
        merged = find_merged(self.layout.source, slot.value, key)
        if merged:
            line = merged.position.line
            raise EditError(f"{key} cannot be removed: a merge (<<) brings it in from line {line}; edit it instead")
        return written[key]

    def entry(self, key: Any, value: Any) -> str:
        """A new entry of a mapping, in one line."""
        return f"{text_of(key)}: {text_of(value, self.style)}"

    def forget(self, slot: Slot) -> None:
        """The entry goes: what it anchors must find a new place."""
        layout = self.layout
        self._gone.append((layout.start(slot), layout.end(slot)))
        self._lose(slot)

    def _lose(self, slot: Slot) -> None:
        if slot.key is not None and slot.key_alias is None:
            self._lost[slot.key] = None
        self._lose_value(slot)

    def _lose_value(self, slot: Slot) -> None:
        if slot.alias is None:
            self._lost[slot.value] = None
            for entry in self.layout.slots(slot.value):
                self._lose(entry)

    def replace(self, slot: Slot, text: str) -> None:
        """Write the whole value anew, in one line."""
        layout, node = self.layout, slot.value
        self._gone.append((layout.value_start(slot), layout.end(slot)))
        self._lose_value(slot)
        anchor = layout.anchor(slot)
        if anchor and node not in layout.uses:
            text = f"{anchor} {text}"
        if slot.alias:
            self.cut(slot.alias.start, slot.alias.end, text)
        elif isinstance(node, ScalarNode):
            self._replace_scalar(slot, node, text)
        elif is_flow(node) or slot.key is None:
            self.cut(layout.value_start(slot), layout.end(slot), text)
        else:
            blockstyle.replace(self, slot, text)

    def _replace_scalar(self, slot: Slot, node: ScalarNode, text: str) -> None:
        layout = self.layout
        start, end = layout.value_start(slot), layout.end(slot)
        if is_empty(node):
            self._fill(slot, text)
        elif node.style in ("|", ">"):
            blockstyle.replace_scalar(self, start, layout.content_start(slot), end, text)
        else:
            self.cut(start, end, text)

    def _fill(self, slot: Slot, text: str) -> None:
        """A value where there is none: after `KEY:`, `- ` or `? KEY`."""
        layout = self.layout
        colon = layout.colon(slot)
        if colon is not None or slot.key is None:
            place = colon if colon is not None else layout.value_start(slot)
            self.cut(place, place, " " + text)
        elif is_flow(slot.parent):
            self.cut(layout.key_end(slot), layout.key_end(slot), ": " + text)
        else:
            line = layout.next_line(layout.key_end(slot))
            self.cut(line, line, f"{' ' * layout.indent(slot)}: {text}{layout.line_break}")

    def result(self) -> str:
        """The text with all cuts made.

        Raises:
            EditError: where two cuts would meet.
        """
        self._settle_anchors()
        parts, at = [], 0
        for start, end, text in sorted(self._cuts, key=lambda cut: (cut[0], cut[1])):
            if start < at:
                raise EditError("these edits touch the same characters and cannot be written together")
            parts += [self.layout.text[at:start], text]
            at = end
        whole = "".join([*parts, self.layout.text[at:]])
        return whole if self.layout.whole else whole.removesuffix(self.layout.line_break)

    def _settle_anchors(self) -> None:
        """What was anchored in a value that goes stays what it is elsewhere: its first alias takes the anchor over."""
        for node in self._lost:
            uses = [alias for alias in self.layout.uses.get(node, []) if not self._is_gone(alias.start)]
            if uses:
                first, text = uses[0], text_of(value_of(node), self.style.like(node))
                self.cut(first.start, first.end, f"&{first.name} {text}")
                self.notes.append(f"line {first.position.line}: *{first.name} keeps {text}, written out there now")

    def _is_gone(self, index: int) -> bool:
        return any(start <= index < end for start, end in self._gone)
