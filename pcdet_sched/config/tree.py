"""Finding things among a file's nodes: a mapping's entries, repeated keys, base configs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pcdet_sched.config.errors import kind_of, position
from pcdet_sched.config.reader import MERGE_TAG, STR_TAG, Alias, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pcdet_sched.config.errors import Position
    from pcdet_sched.config.values import Path

BASE = "_BASE_CONFIG_"


@dataclass(frozen=True)
class Duplicate:
    """A key that the mapping at `path` has more than once: the last one wins, silently."""

    path: str
    key: str
    positions: tuple[Position, ...]


@dataclass(frozen=True, eq=False)
class Slot:
    """One entry of a mapping or a list as it is written: where it stands, and the alias if it is one."""

    parent: Node
    number: int
    key: Node | None
    key_alias: Alias | None
    value: Node
    alias: Alias | None

    @property
    def position(self) -> Position:
        """Of the key, or in a list of the value."""
        if self.key is None:
            return self.value_position
        return self.key_alias.position if self.key_alias else position(self.key.start_mark)

    @property
    def value_position(self) -> Position:
        """Of the value, or of the alias that stands for it."""
        return self.alias.position if self.alias else position(self.value.start_mark)


def slots(source: Source, node: Node) -> list[Slot]:
    """The entries of a mapping or a list, in the order of the text."""
    found = source.aliases.get
    if isinstance(node, MappingNode):
        return [
            Slot(node, n, key, found((node, n, True)), value, found((node, n, False)))
            for n, (key, value) in enumerate(node.value)
        ]
    if isinstance(node, SequenceNode):
        return [Slot(node, n, None, None, value, found((node, n, False))) for n, value in enumerate(node.value)]
    return []


def is_merge(slot: Slot) -> bool:
    """Whether the entry is a `<<`."""
    return slot.key is not None and slot.key.tag == MERGE_TAG


def key_of(node: Node) -> object:
    """A key as the trainer gets it."""
    return node.value if node.tag == STR_TAG else value_of(node)


def value_of(node: Node) -> Any:
    """A node's value, as it is in the document."""
    merging = [(part, list(part.value)) for part in walk(node) if isinstance(part, MappingNode)]
    value = SafeConstructor().construct_document(node)
    for part, written in merging:
        part.value = written
    return value


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, each once, in the order of the text."""
    seen, waiting = {node}, [node]
    while waiting:
        part = waiting.pop()
        yield part
        below = list(_below(part))
        for child in reversed(below):
            if child not in seen:
                seen.add(child)
                waiting.append(child)


def _below(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, SequenceNode):
        yield from node.value


def own(source: Source, node: Node, key: object) -> list[Slot]:
    """The entries of that key which the mapping itself has written; the last one wins."""
    if node not in source.entries:  # a check asks for some thirty keys of one block
        written = [slot for slot in slots(source, node) if slot.key and not is_merge(slot)]
        source.entries[node] = [(key_of(slot.key), slot) for slot in written if slot.key]
    return [slot for name, slot in source.entries[node] if name == key]


def find(source: Source, node: Node, key: object) -> Slot | None:
    """The entry that gives the key its value: the mapping's own, else one that `<<` brings in."""
    written = own(source, node, key)
    return written[-1] if written else find_merged(source, node, key)


def find_merged(source: Source, node: Node, key: object) -> Slot | None:
    """The entry of that key which `<<` brings in: of several `<<` the last counts, in a list of them the first."""
    for slot in reversed([slot for slot in slots(source, node) if is_merge(slot)]):
        merged = slot.value.value if isinstance(slot.value, SequenceNode) else [slot.value]
        for mapping in merged:
            found = find(source, mapping, key)
            if found:
                return found
    return None


def way(source: Source, path: Path) -> list[Slot]:
    """The entries that lead from the document to the value at `path`."""
    node, passed = source.root, []
    for step in path:
        slot = slots(source, node)[step] if isinstance(step, int) else find(source, node, step)
        if slot is None:
            raise KeyError(path)
        passed.append(slot)
        node = slot.value
    return passed


def dotted(path: Path) -> str:
    """A path as the trainer's `--set` spells it."""
    return ".".join(map(str, path))


def duplicates(source: Source) -> tuple[Duplicate, ...]:
    """All repeated keys of a file."""
    found = []
    for path, node in _places(source):
        places: dict[object, list[Position]] = {}
        for slot in slots(source, node):
            if slot.key and not is_merge(slot):
                places.setdefault(key_of(slot.key), []).append(slot.position)
        found += [Duplicate(path, str(key), tuple(at)) for key, at in places.items() if len(at) > 1]
    return tuple(found)


def bases(source: Source) -> tuple[tuple[str, Position], ...]:
    """What each `_BASE_CONFIG_` names, with the place of the key. No file is opened."""
    found = []
    for _, node in _places(source):
        for slot in own(source, node, BASE):
            value = slot.value
            found.append((value.value if isinstance(value, ScalarNode) else kind_of(value), slot.position))
    return tuple(found)


def _places(source: Source) -> Iterator[tuple[str, MappingNode]]:
    """Every mapping of the file once, with the path at which it is written."""
    waiting: list[tuple[Path, Node]] = [((), source.root)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, MappingNode):
            yield dotted(path), node
        entries = [slot for slot in slots(source, node) if slot.alias is None]
        for slot in reversed(entries):
            step = slot.number if slot.key is None else str(key_of(slot.key))
            waiting.append(((*path, step), slot.value))
