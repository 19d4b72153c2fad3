"""Config: a file, the block that was chosen in it, and the edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pcdet_sched.config import tree
from pcdet_sched.config.choose import choose
from pcdet_sched.config.decode import decode
from pcdet_sched.config.diff import unified
from pcdet_sched.config.errors import EditError
from pcdet_sched.config.reader import Source, read, reads_quickly_as
from pcdet_sched.config.rewrite import block_alone, proved, rewrite
from pcdet_sched.config.setflags import flags
from pcdet_sched.config.values import Path, copied, plain, put, same

if TYPE_CHECKING:
    from pcdet_sched.config.errors import Position


@dataclass(frozen=True, eq=False, repr=False)
class Config:
    r"""A file of the trainer, one OPTIMIZATION block of it, and edits to that block.

    `blocks` names the mappings that can be chosen (they hold OPTIMIZER and LR), `block` the chosen one by its dotted
    path. All values are copies: changing them changes nothing here.

    >>> config = load("OPTIMIZATION:\n  LR: 0.003 # 0.01 diverged\n").edit({"LR": 0.002})
    >>> print(config.to_yaml(), end="")
    OPTIMIZATION:
      LR: 0.002 # 0.01 diverged
    """

    source: Source
    block: str
    blocks: tuple[str, ...]
    path: Path
    changes: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Config(block={self.block!r}, edits={self.changes!r})"

    @property
    def text(self) -> str:
        """The file as it came in."""
        return self.source.text

    @property
    def edits(self) -> dict[str, Any]:
        """Key → new value, or None where the key is removed."""
        return dict(copied(self.changes))

    @property
    def original(self) -> dict[str, Any]:
        """The chosen block before any edit."""
        return dict(copied(self._before))

    @property
    def optimization(self) -> dict[str, Any]:
        """The chosen block as the trainer's loader would give it, edits included."""
        return dict(copied(self._after))

    @property
    def document(self) -> dict[str, Any]:
        """The whole file as the trainer's loader would give it, edits included."""
        return dict(copied(self._meant))

    @cached_property
    def _before(self) -> dict[str, Any]:
        value = self.source.document
        for step in self.path:
            value = value[step]
        return dict(value)

    @cached_property
    def _after(self) -> dict[str, Any]:
        values = self._before | self.changes
        removed = {key for key, value in self.changes.items() if value is None}
        return {key: value for key, value in values.items() if key not in removed}

    @property
    def _meant(self) -> dict[str, Any]:
        return dict(put(self.source.document, self.path, self._after))

    @cached_property
    def duplicates(self) -> tuple[tree.Duplicate, ...]:
        """Keys that stand more than once in one mapping, anywhere in the file."""
        return tree.duplicates(self.source)

    @cached_property
    def bases(self) -> tuple[tuple[str, Position], ...]:
        """Every `_BASE_CONFIG_` in the file with its place; the files that they name are never opened."""
        return tree.bases(self.source)

    def position(self, key: str) -> Position | None:
        """Where the key stands in the original text: the one that counts if it is repeated, None if it is absent."""
        slot = self._slot(key)
        return slot.position if slot else None

    def value_position(self, key: str) -> Position | None:
        """Where the key's value stands in the original text."""
        slot = self._slot(key)
        return slot.value_position if slot else None

    def _slot(self, key: str) -> tree.Slot | None:
        return tree.find(self.source, tree.way(self.source, self.path)[-1].value, key)

    def edit(self, changes: Mapping[str, Any]) -> Config:
        """A config with these values in its block; None removes a key. No YAML is parsed or written here.

        A value that equals the file's own in value and type is no edit any more.

        Raises:
            EditError: for a value that YAML cannot hold, or a key that is no string.
        """
        edits = dict(self.changes)
        for key, value in changes.items():
            if not isinstance(key, str):
                raise EditError(f"a key has to be a string, not {key!r}")
            new = plain(value)
            known = key in self._before
            if (new is None and not known) or (new is not None and known and same(new, self._before[key])):
                edits.pop(key, None)
            else:
                edits[key] = new
        return replace(self, changes=edits)

    def revert(self, *keys: str) -> Config:
        """A config without the edits of these keys; without any edit when no key is given."""
        edits = {key: value for key, value in self.changes.items() if keys and key not in keys}
        return replace(self, changes=edits)

    def to_yaml(self) -> str:
        """The file's text with the edits in it, all else as it was; it was read again and says what is meant.

        Raises:
            EditError: where an edit cannot be written so that it reads back as meant.
        """
        return self._written.text

    def block_yaml(self) -> str:
        """The chosen block alone, edits and comments included, as a YAML file of its own."""
        return block_alone(self._written, self.path, self._after)

    def diff(self, *, quick: bool = False) -> str:
        """What the edits change in the file, as a unified diff; empty without edits.

        The new text is proved as in `to_yaml`; `quick`, for a display that follows typing, proves it with libyaml and
        without the limits of `load`, ten times faster.

        Raises:
            EditError: where an edit cannot be written so that it reads back as meant.
        """
        text, _ = self._draft
        if not (quick and reads_quickly_as(text, self._meant)):
            text = self.to_yaml()
        return unified(self.text, text)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each alias elsewhere in the file that had to be written out to keep its value."""
        return self._draft[1]

    def set_flags(self) -> list[str]:
        """The edits as tokens that follow the trainer's `--set`, without those of `set_refusals`.

        >>> load("OPTIMIZATION: {LR: 0.003, MOMS: [0.95, 0.85]}").edit({"LR": 0.01, "MOMS": [0.9, 0.8]}).set_flags()
        ['OPTIMIZATION.LR', '0.01', 'OPTIMIZATION.MOMS', '[0.9,0.8]']
        """
        return flags(self.source.document, self.path, self.changes)[0]

    def set_refusals(self) -> dict[str, str]:
        """The edits that the trainer's `--set` would not take, with the reason."""
        return flags(self.source.document, self.path, self.changes)[1]

    @cached_property
    def _draft(self) -> tuple[str, tuple[str, ...]]:
        if not self.changes:
            return self.text, ()
        return rewrite(self.source, self.path, self._before, self._after)

    @cached_property
    def _written(self) -> Source:
        return proved(self._draft[0], self._meant) if self.changes else self.source


def load(text: str | bytes, block: str | None = None) -> Config:
    """Read a trainer's YAML file; `block` is the dotted path of the block, by default the first sensible one.

    Raises:
        ConfigError: when it is not a YAML mapping with a mapping OPTIMIZATION in it, or has no such block.

    >>> load("OPTIMIZATION: [1, 2]")
    Traceback (most recent call last):
    pcdet_sched.config.errors.ConfigError: line 1, column 15: OPTIMIZATION is a list; it has to be a mapping of keys
    """
    source = read(decode(text))
    name, found = choose(source, block)
    return Config(source, name, tuple(found), found[name])
