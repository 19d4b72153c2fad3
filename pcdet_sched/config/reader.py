"""Text → nodes and values, by PyYAML's own pure reader, with limits that keep any input short of a second.

The trainer calls `yaml.safe_load` on a file opened as text (pcdet/config.py, every release), so what PyYAML
reads is right by definition. Here its steps are taken one by one, since an edit needs the nodes' places.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml import SafeLoader
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode

from pcdet_sched.config.errors import ConfigError, Position, leaked, position, position_at, refused, unreadable
from pcdet_sched.config.values import same
from pcdet_sched.language import N_, _
from pcdet_sched.limits import LimitError, limits, variable

# The largest file among 264 public ones has 11,000 characters, 700 nodes and 8 levels.
MAX_DEPTH = 64
# Per 262,144 characters that the server lets in (`Limits.max_yaml_chars`).
MAX_NODES = 10_000
# What a file may come to when each alias is replaced by what it stands for, in nodes or 32 characters of text.
MAX_EXPANSION = 5
# Their hashes can be made to collide; a string's cannot.
MAX_ODD_KEYS = 1_000
# Python prints no longer integers unless it is told to (sys.get_int_max_str_digits).
MAX_DIGITS = 4300

MERGE_TAG = "tag:yaml.org,2002:merge"
MAP_TAG, SEQ_TAG, STR_TAG = (f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str"))

_UNUSUAL = frozenset("\n\r\x85\u2028\u2029\ufeff")

_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}

_QUICK: Any = getattr(yaml, "CSafeLoader", None)  # absent where PyYAML was built without libyaml

# What PyYAML's constructors let through on `!!int abc`, `2001-13-45`, `"\UFFFFFFFF"` and the like.
_LEAKS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)


@dataclass(frozen=True)
class Alias:
    """One `*name` in the text: what it stands for, and its first and one-past-last character."""

    name: str
    node: Node
    start: int
    end: int
    position: Position


@dataclass(frozen=True, eq=False)
class Source:
    """A file that was read: its text, its nodes, its values.

    `aliases` finds an alias by its parent, its place there, and whether it is a key; `anchors` gives a node's name;
    `entries` is where tree.py keeps what it has worked out of a mapping.
    """

    text: str
    root: Node
    document: object
    aliases: dict[tuple[Node, int, bool], Alias] = field(repr=False)
    anchors: dict[Node, str] = field(repr=False)
    entries: dict[Node, list[tuple[object, Any]]] = field(default_factory=dict, repr=False)


class Reader(SafeLoader):
    """SafeLoader that counts what it reads and remembers where aliases stand."""

    def __init__(self, text: str, max_nodes: int) -> None:
        super().__init__(text)
        self.max_nodes = max_nodes
        self.count = self.odd_keys = 0
        self.sizes: dict[Node, tuple[int, int]] = {}
        self.aliases: dict[tuple[Node, int, bool], Alias] = {}
        self.names: dict[Node, str] = {}
        self.merging: list[tuple[MappingNode, list[tuple[Node, Node]]]] = []

    # Nesting is stopped where it is scanned: PyYAML looks ahead, and each level makes each token dearer.
    def fetch_flow_collection_start(self, TokenClass: object) -> None:  # noqa: N803
        """Stop at the bracket that is one too many."""
        super().fetch_flow_collection_start(TokenClass)
        self._stop_if(self.flow_level > MAX_DEPTH, N_("nested more than {most} levels deep"), most=MAX_DEPTH)

    def add_indent(self, column: int) -> bool:
        """Stop at the indent that is one too many."""
        added: bool = super().add_indent(column)
        self._stop_if(len(self.indents) > MAX_DEPTH, N_("nested more than {most} levels deep"), most=MAX_DEPTH)
        return added

    # Two shortcuts that save a fourth of the time and change nothing, as the whole text is there from the start.
    def need_more_tokens(self) -> bool:
        """Whether the next token may still turn out to be a key."""
        if self.tokens and not self.possible_simple_keys:
            return False
        return bool(super().need_more_tokens())

    def forward(self, length: int = 1) -> None:
        """Step over characters, counting lines and columns."""
        passed = self.buffer[self.pointer : self.pointer + length]
        if _UNUSUAL.isdisjoint(passed):
            self.pointer += length
            self.index += length
            self.column += length
        else:
            super().forward(length)

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Count the node, and remember what PyYAML forgets: aliases and names."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        self.count += 1
        self._stop_if(self.count > self.max_nodes, N_("more than {most:,} values in one file"), most=self.max_nodes)
        node: Any = super().compose_node(parent, index)
        if isinstance(event, AliasEvent):
            self._remember(event, parent, index, node)
        else:
            self._weigh(node)
            if event.anchor is not None:
                self.names[node] = event.anchor
        return cast("Node", node)

    def construct_object(self, node: Node, deep: bool = False) -> object:
        """Give a leaked exception the place of the value that caused it."""
        try:
            return super().construct_object(node, deep)
        except _LEAKS as error:
            raise ConstructorError(None, None, unreadable(node), node.start_mark) from error

    def construct_yaml_int(self, node: ScalarNode) -> int:
        """Refuse integers that Python could read and then not print."""
        value: int | None = None
        if len(str(node.value)) <= MAX_DIGITS:
            value = super().construct_yaml_int(node)
        if value is None or value.bit_length() > MAX_DIGITS * 3.32:
            raise ConstructorError(
                None, None, _("an integer of more than {most} digits", most=MAX_DIGITS), node.start_mark
            )
        return value

    def _remember(self, event: Any, parent: Any, index: object, node: object) -> None:
        if node not in self.sizes:
            raise ComposerError(
                None, None, _("*{anchor} stands for a value that holds it", anchor=event.anchor), event.start_mark
            )
        is_key = isinstance(parent, MappingNode) and index is None
        start, end = event.start_mark, event.end_mark
        alias = Alias(event.anchor, node, start.index, end.index, position(start))
        self.aliases[parent, len(parent.value), is_key] = alias

    def _weigh(self, node: Node) -> None:
        """How much the node holds with its aliases written out, and how deep."""
        size, depth = 1, 1
        if isinstance(node, ScalarNode):
            size += len(node.value) // 32
            self._refuse_surrogates(node)
        else:
            if isinstance(node, MappingNode):
                self._remember_merge(node)
                self._count_odd_keys(node)
            parts = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
            size += sum(self.sizes[part][0] for part in parts)
            depth += max((self.sizes[part][1] for part in parts), default=0)
        self.sizes[node] = size, depth
        too_much = size > self.max_nodes * MAX_EXPANSION
        self._stop_if(too_much, N_("its aliases stand for too much: written out it would be huge"), node)
        self._stop_if(depth > MAX_DEPTH, N_("nested more than {most} levels deep"), node, most=MAX_DEPTH)

    def _count_odd_keys(self, node: MappingNode) -> None:
        self.odd_keys += sum(key.tag not in (STR_TAG, MERGE_TAG) for key, _ in node.value)
        self._stop_if(
            self.odd_keys > MAX_ODD_KEYS, N_("more than {most:,} keys that are not strings"), node, most=MAX_ODD_KEYS
        )

    def _remember_merge(self, node: MappingNode) -> None:
        if any(key.tag == MERGE_TAG for key, _ in node.value):
            self.merging.append((node, list(node.value)))

    def _refuse_surrogates(self, node: ScalarNode) -> None:
        if node.style == '"' and any("\ud800" <= char <= "\udfff" for char in node.value):
            raise ConstructorError(None, None, _("half of a surrogate pair, which is no character"), node.start_mark)

    def _stop_if(self, too_much: bool, problem: str, node: Node | None = None, **values: object) -> None:
        if too_much:
            raise MarkedYAMLError(None, None, _(problem, **values), node.start_mark if node else self.get_mark())


Reader.add_constructor("tag:yaml.org,2002:int", Reader.construct_yaml_int)


def decode(data: str | bytes) -> str:
    """The text of a file in UTF-8, a byte order mark and the line ends kept.

    Raises:
        ConfigError: for UTF-16, UTF-32 and bytes that are not UTF-8, with the place of the first wrong one.
    """
    if isinstance(data, str):
        return data
    for mark, name in _WIDE.items():
        if data.startswith(mark):
            raise ConfigError(_("the file is in {name}: save it as UTF-8", name=name), Position(1, 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = _("byte 0x{byte:02x} is not UTF-8: save the file as UTF-8", byte=data[error.start])
        raise ConfigError(message, position_at(before, len(before))) from error


def read(data: str | bytes) -> Source:
    """Parse once and build the values from the nodes; the values equal `yaml.safe_load(data)`.

    How long a text may be is for the server to say (`Limits.max_yaml_chars`); so many more values come in with it.

    Raises:
        ConfigError: for everything that PyYAML refuses, and for what would take too long or too much memory.
    """
    text, most = decode(data), _most_characters()
    if len(text) > most:
        name = variable("max_yaml_chars")
        message = _(
            "the file has {count:,} characters; more than {most:,} are not read ({name})",
            count=len(text),
            most=most,
            name=name,
        )
        raise ConfigError(message, Position(1, 1))
    reader = None
    try:
        reader = Reader(text, MAX_NODES * max(1, most // 262_144))
        root = reader.get_single_node()
        document = reader.construct_document(root) if root else None
    except YAMLError as error:
        raise refused(text, error) from error
    except _LEAKS as error:
        raise leaked(error, reader.get_mark() if reader else None) from error
    if root is None:
        raise ConfigError(_("the file is empty"), Position(1, 1))
    for node, written in reader.merging:
        node.value = written  # building the values has merged `<<` into the nodes; an edit needs what was written
    return Source(text, root, document, reader.aliases, reader.names)


def _most_characters() -> int:
    try:
        return limits().max_yaml_chars
    except LimitError as error:
        raise ConfigError(str(error), Position(1, 1)) from error


def reads_quickly_as(text: str, document: object) -> bool:
    """Whether libyaml, where PyYAML has it, reads the text as this document: ten times faster, and nearly as sure.

    Only for a text that an accepted file was edited into: there are no limits here.
    """
    if _QUICK is None:
        return False
    try:
        return same(yaml.load(text, _QUICK), document)  # noqa: S506 - the C twin of SafeLoader
    except (YAMLError, *_LEAKS):
        return False
