"""The smallest change of a file's text that turns one value into another, and the proof of it: reading it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from pcdet_sched.config import tree
from pcdet_sched.config.cuts import BlockStyle, Cuts, FlowStyle
from pcdet_sched.config.errors import ConfigError, EditError, position
from pcdet_sched.config.layout import Layout, is_empty, is_flow
from pcdet_sched.config.reader import MAP_TAG, SEQ_TAG, Source, read
from pcdet_sched.config.tree import Slot
from pcdet_sched.config.values import Path, at, put, same
from pcdet_sched.config.write import style_of, text_of
from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping


class Editor:
    """Goes down from a value to what differs in it, and cuts there."""

    def __init__(self, source: Source) -> None:
        self.cuts = Cuts(source)
        self.layout = self.cuts.layout
        self._block, self._flow = BlockStyle(self.cuts), FlowStyle(self.cuts)

    def update(self, slot: Slot, old: object, new: object) -> None:
        """Make the entry's value `new`; where it is a collection, part by part."""
        if same(old, new):
            return
        node = slot.value
        own = slot.alias is None and node not in self.layout.uses and node.tag in (MAP_TAG, SEQ_TAG)
        if own and isinstance(node, MappingNode) and isinstance(old, dict) and isinstance(new, dict):
            self._mapping(slot, old, new)
        elif own and isinstance(node, SequenceNode) and isinstance(old, list) and isinstance(new, list) and old and new:
            self._list(slot, old, new)
        else:
            self._replace(slot, text_of(new, self.cuts.style.like(node)))

    def _mapping(self, slot: Slot, old: dict[object, object], new: dict[object, object]) -> None:
        entries = self.layout.slots(slot.value)
        written: dict[object, list[Slot]] = {}
        for entry in entries:
            if entry.key and not tree.is_merge(entry):
                written.setdefault(tree.key_of(entry.key), []).append(entry)
        removed = [entry for key in old if key not in new for entry in self._removable(slot, written, key)]
        changed = [key for key in new if key not in old or not same(old[key], new[key])]
        added = {key: new[key] for key in changed if key not in written}
        flow, gone = is_flow(slot.value), set(removed)
        kept = [entry for entry in entries if entry not in gone]
        if not kept and (flow or not added):
            self._replace(slot, text_of(added, self.cuts.style))
            return
        for key in changed:
            if key in written:
                self.update(written[key][-1], old[key], new[key])
        style = self._flow if flow else self._block
        style.remove(entries, removed)
        texts = [f"{text_of(key)}: {text_of(value, self.cuts.style)}" for key, value in added.items()]
        style.add(entries, kept, texts)

    def _removable(self, slot: Slot, written: dict[object, list[Slot]], key: object) -> list[Slot]:
        merged = tree.find_merged(self.layout.source, slot.value, key)
        if merged:
            line = merged.position.line
            raise EditError(
                _(
                    "{key} cannot be removed: a merge (<<) brings it in from line {line}; edit it instead",
                    key=key,
                    line=line,
                )
            )
        return written[key]

    def _list(self, slot: Slot, old: list[object], new: list[object]) -> None:
        items = self.layout.slots(slot.value)
        style = self._flow if is_flow(slot.value) else self._block
        if len(old) != len(new) and not style.can_resize(items):
            self._replace(slot, text_of(new, self.cuts.style))
            return
        place, changed, removed, added = matched(old, new)
        for number in changed:
            self.update(items[number], old[number], new[number])
        texts = [text_of(value, self.cuts.style) for value in added]
        style.resize(items, [items[number] for number in removed], place, texts)

    def _replace(self, slot: Slot, text: str) -> None:
        """Write the whole value anew, in one line."""
        layout, node = self.layout, slot.value
        self.cuts.forget_value(slot)
        anchor = layout.anchor(slot)
        if anchor and node not in layout.uses:
            text = f"{anchor} {text}"
        if slot.alias:
            self.cuts.cut(slot.alias.start, slot.alias.end, text)
        elif is_empty(node):
            self._fill(slot, text)
        elif isinstance(node, ScalarNode) and node.style in ("|", ">"):
            self._block.replace_scalar(slot, text)
        elif isinstance(node, ScalarNode) or is_flow(node) or slot.key is None:
            self.cuts.cut(layout.value_start(slot), layout.end(slot), text)
        else:
            self._block.replace(slot, text)

    def _fill(self, slot: Slot, text: str) -> None:
        """A value where only a key stands: after `KEY:`, `- ` or `? KEY`."""
        layout = self.layout
        colon = layout.colon(slot)
        if colon is not None or slot.key is None:
            place = colon if colon is not None else layout.value_start(slot)
            self.cuts.cut(place, place, " " + text)
        elif is_flow(slot.parent):
            self.cuts.cut(layout.key_end(slot), layout.key_end(slot), ": " + text)
        else:
            line = layout.next_line(layout.key_end(slot))
            self.cuts.cut(line, line, f"{' ' * layout.indent(slot)}: {text}{layout.line_break}")


def matched(old: list[object], new: list[object]) -> tuple[int, range, range, list[object]]:
    """The equal ends aside: where new items go, which change, which are removed (by old number), and the new items.

    >>> matched([35, 45], [35, 40, 45])
    (1, range(1, 1), range(1, 1), [40])
    >>> matched([35, 45], [45])
    (0, range(0, 0), range(0, 1), [])
    """
    shorter = min(len(old), len(new))
    head = 0
    while head < shorter and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shorter - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    both = head + shorter - head - tail
    return both, range(head, both), range(both, len(old) - tail), new[both : len(new) - tail]


@dataclass(frozen=True)
class Draft:
    """An edited text that nobody has read yet, what it has to say, and a sentence on each alias that had to change."""

    text: str
    document: object
    notes: tuple[str, ...] = ()

    def proved(self) -> Source:
        """The text, read as the trainer reads it.

        Raises:
            EditError: when it does not read back as the document, values and types.
        """
        try:
            written = read(self.text)
        except ConfigError as error:
            message = _("this edit cannot be written into the file: it would no longer be YAML ({error})", error=error)
            raise EditError(message) from error
        if not same(written.document, self.document):
            raise EditError(_("this edit cannot be written into the file: it would not read back as meant"))
        return written


def draft(source: Source, changes: Mapping[Path, Mapping[str, object]]) -> Draft:
    """The text with the mapping at each path changed as told: new values by key, None for a key that goes.

    Raises:
        EditError: when a mapping cannot be changed by itself.
    """
    editor, document = Editor(source), source.document
    for path, edits in changes.items():
        old = at(source.document, path)
        editor.update(_reachable(source, path), old, changed(old, edits))
        document = put(document, path, changed(at(document, path), edits))
    return Draft(editor.cuts.result(), document, tuple(editor.cuts.notes))


def changed(mapping: Mapping[str, object], edits: Mapping[str, object]) -> dict[str, object]:
    """The mapping with new values, and without the keys whose new value is None."""
    return {key: value for key, value in {**mapping, **edits}.items() if not (key in edits and value is None)}


def _reachable(source: Source, path: Path) -> Slot:
    """The entry that is the block, provided that nothing else in the file would change with it."""
    uses, node = Layout(source).uses, source.root
    slot = Slot(node, 0, None, None, node, None)  # the file itself, where the path is empty
    for slot in tree.way(source, path):
        shared = uses.get(slot.value)
        if shared:
            first = position(slot.value.start_mark).line
            lines = ", ".join(str(alias.position.line) for alias in shared)
            raise EditError(
                _(
                    "the block is written once, in line {first} (&{name}), and used again in line {lines}: "
                    "an edit would change both; write it out in one of the places first",
                    first=first,
                    name=shared[0].name,
                    lines=lines,
                )
            )
        if slot.parent is not node:
            line = slot.position.line
            raise EditError(
                _("the block comes from a merge (<<), line {line}: an edit would change both places", line=line)
            )
        node = slot.value
    return slot


def block_alone(source: Source, path: Path, values: dict[str, object]) -> str:
    """The lines of the block at `path`, comments included, moved to the left margin.

    Where it needs anchors from elsewhere in the file, or has other values, it is written anew from its values.
    """
    slot, layout = tree.way(source, path)[-1], Layout(source)
    start, end = layout.start(slot), layout.end(slot)
    if layout.before(start).strip(" "):
        text = layout.text[start:end] + layout.line_break
    else:
        lines = layout.text[layout.line_start(start) : layout.next_line(end)]
        text = re.sub(f"(?m)^ {{0,{layout.indent(slot)}}}", "", lines)
    try:
        alone = same(read(text).document, {path[-1]: values})
    except ConfigError:
        alone = False
    return text if alone else block_anew(source, path[-1], values)


def block_anew(source: Source, key: str | int, values: dict[str, object]) -> str:
    """A block of its own from values, in the style of a file."""
    style = style_of(source.root)
    lines = [f"  {text_of(name)}: {text_of(value, style)}\n" for name, value in values.items()]
    return f"{text_of(key)}:{' {}' if not values else ''}\n{''.join(lines)}"
