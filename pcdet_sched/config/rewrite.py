"""The edited block → the whole file's text, and the proof of it: reading it again."""

from __future__ import annotations

import re
from typing import Any

from pcdet_sched.config import tree
from pcdet_sched.config.errors import ConfigError, EditError
from pcdet_sched.config.layout import Layout
from pcdet_sched.config.problems import position
from pcdet_sched.config.reader import Source, read
from pcdet_sched.config.surgery import Surgeon
from pcdet_sched.config.values import Path, same
from pcdet_sched.config.write import style_of, text_of


def rewrite(source: Source, path: Path, old: dict[str, Any], new: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The text with the block at `path` changed from `old` to `new`, and a note on each alias that had to change.

    Raises:
        EditError: when the block cannot be changed by itself.
    """
    surgeon = Surgeon(source)
    surgeon.update(_reachable(source, path), old, new)
    return surgeon.result(), tuple(surgeon.notes)


def proved(text: str, document: Any) -> Source:
    """A text that was written, read as the trainer reads it.

    Raises:
        EditError: when it does not read back as this document, values and types.
    """
    try:
        written = read(text)
    except ConfigError as error:
        raise EditError(f"this edit cannot be written into the file: it would no longer be YAML ({error})") from error
    if not same(written.document, document):
        raise EditError("this edit cannot be written into the file: it would not read back as meant")
    return written


def _reachable(source: Source, path: Path) -> tree.Slot:
    """The entry that is the block, provided that nothing else in the file would change with it."""
    uses, node, slot = Layout(source).uses, source.root, None
    for slot in tree.way(source, path):
        shared = uses.get(slot.value)
        if shared:
            first = position(slot.value.start_mark).line
            lines = ", ".join(str(alias.position.line) for alias in shared)
            raise EditError(
                f"the block is written once, in line {first} (&{shared[0].name}), and used again in line {lines}: "
                "an edit would change both; write it out in one of the places first"
            )
        if slot.parent is not node:
            line = slot.position.line
            raise EditError(f"the block comes from a merge (<<), line {line}: an edit would change both places")
        node = slot.value
    if slot is None:
        raise EditError("there is no block to edit")
    return slot


def block_alone(source: Source, path: Path, values: dict[str, Any]) -> str:
    """The lines of the block at `path`, comments included, moved to the left margin.

    Where it needs anchors from elsewhere in the file, it is written anew from its values.
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
    return text if alone else _anew(source, path[-1], values)


def _anew(source: Source, key: str | int, values: dict[str, Any]) -> str:
    style = style_of(source.root)
    lines = [f"  {text_of(name)}: {text_of(value, style)}\n" for name, value in values.items()]
    return f"{text_of(key)}:{' {}' if not values else ''}\n{''.join(lines)}"
