"""Config: a file, the block that was chosen in it, and the edits."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pcdet_sched.config import tree
from pcdet_sched.config.blocks import choose, inherited, stages
from pcdet_sched.config.editor import Draft, block_alone, block_anew, draft
from pcdet_sched.config.errors import EditError
from pcdet_sched.config.files import Files, files, with_changes
from pcdet_sched.config.reader import Source, reads_quickly_as
from pcdet_sched.config.setflags import flags
from pcdet_sched.config.values import Path, at, copied, same, writable
from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pcdet_sched.config.errors import Position


@dataclass(frozen=True, eq=False, repr=False)
class Config:
    r"""A file of the trainer, one OPTIMIZATION block of it, and edits; or two files that the trainer merges.

    `blocks` names the mappings that can be chosen (they hold OPTIMIZER and LR), `block` the chosen one by its dotted
    path. All values are copies: changing them changes nothing here.

    >>> config = load("OPTIMIZATION:\n  LR: 0.003 # 0.01 diverged\n").edit({"LR": 0.002})
    >>> print(config.to_yaml(), end="")
    OPTIMIZATION:
      LR: 0.002 # 0.01 diverged
    """

    files: Files
    path: Path
    found: Mapping[str, Path]
    changes: Mapping[Path, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Config(block={self.block!r}, edits={self.edits!r})"

    @property
    def source(self) -> Source:
        """The file that was opened: its text, nodes and values."""
        return self.files.main

    @property
    def text(self) -> str:
        """The file as it came in."""
        return self.files.main.text

    @property
    def block(self) -> str:
        """The dotted path of the chosen block."""
        return tree.dotted(self.path)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The dotted paths of all that can be chosen."""
        return tuple(self.found)

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the blocks inside OPTIMIZATION, such as PRETRAIN and STUDENT; empty for a plain block."""
        return tuple(stages(self.found.values()))

    def stage(self, name: str) -> Config:
        r"""This file with another of its blocks chosen, by a name of `stages` or `blocks`; the edits stay.

        Batch size and epochs that a stage takes from around it are part of its block, and editing them edits them
        where they stand.

        Raises:
            KeyError: for a name that is none.

        >>> student = "{NUM_EPOCHS: 60, STUDENT: {OPTIMIZER: adam_onecycle, LR: 0.003}}"
        >>> config = load("OPTIMIZATION: {SEMI_SUP_LEARNING: " + student + "}").stage("STUDENT")
        >>> config.edit({"NUM_EPOCHS": 30}).to_yaml()
        'OPTIMIZATION: {SEMI_SUP_LEARNING: {NUM_EPOCHS: 30, STUDENT: {OPTIMIZER: adam_onecycle, LR: 0.003}}}'
        """
        return replace(self, path={**stages(self.found.values()), **self.found}[name])

    @property
    def edits(self) -> dict[str, object]:
        """Key of the chosen block → new value, or None where the key is removed."""
        taken = {path: key for key, path in self._taken.items()}
        named = {taken.get(path, path[-1] if path[:-1] == self.path else None): path for path in self.changes}
        return {str(key): copied(self.changes[path]) for key, path in named.items() if key is not None}

    @property
    def original(self) -> dict[str, object]:
        """The chosen block before any edit."""
        return dict(copied(self._before))

    @property
    def optimization(self) -> dict[str, Any]:
        """The chosen block as the trainer's loader would give it, edits included, and with what a stage inherits."""
        return dict(copied(self._after))

    @property
    def document(self) -> dict[str, Any]:
        """The whole file as the trainer's loader would give it, edits included."""
        return dict(copied(self._meant))

    @cached_property
    def _taken(self) -> dict[str, Path]:
        return inherited(self.files.document, self.path)

    @cached_property
    def _before(self) -> dict[str, object]:
        return _block(self.files.document, self.path)

    @cached_property
    def _after(self) -> dict[str, object]:
        return _block(self._meant, self.path)

    @cached_property
    def _meant(self) -> dict[str, object]:
        return dict(with_changes(self.files.document, self.changes))

    @cached_property
    def duplicates(self) -> tuple[tree.Duplicate, ...]:
        """Keys that stand more than once in one mapping, anywhere in the file."""
        return tree.duplicates(self.source)

    @cached_property
    def bases(self) -> tuple[tuple[str, Position], ...]:
        """Every `_BASE_CONFIG_` in the file with its place; the files that they name are never opened."""
        return tree.bases(self.source)

    @property
    def needs_base(self) -> bool:
        """Whether a base config that was not given could supply keys of the block: named on the way to it."""
        if self.files.beside is not None:
            return False
        above = [at(self._meant, self.path[:depth]) for depth in range(len(self.path) + 1)]
        return any(isinstance(level, dict) and tree.BASE in level for level in above)

    @property
    def place(self) -> Position:
        """Where the block itself stands in the original text; its start where only the second file has the block."""
        slot = self.files.slot(self.path, self.source)
        return slot.position if slot else self.files.place(())

    def slot(self, key: str) -> tree.Slot | None:
        """The entry that gives the key its value, in whichever file it stands; None where it is absent."""
        return self.files.slot(self._place(key))

    def position(self, key: str) -> Position | None:
        """Where the key stands in the original text: the one that counts if it is repeated.

        None if it is absent, or stands in the second file.
        """
        slot = self.files.slot(self._place(key), self.source)
        return slot.position if slot else None

    def value_position(self, key: str) -> Position | None:
        """Where the key's value stands in the original text."""
        slot = self.files.slot(self._place(key), self.source)
        return slot.value_position if slot else None

    def _place(self, key: str) -> Path:
        own = (*self.path, key)
        return own if own in self.changes else self._taken.get(key, own)

    def edit(self, changes: Mapping[str, object]) -> Config:
        """A config with these values in its block; None removes a key. No YAML is parsed or written here.

        A value that equals the file's own in value and type is no edit any more.

        Raises:
            EditError: for a value that YAML cannot hold, or a key that is no string.
        """
        edits = dict(self.changes)
        for key, value in changes.items():
            if not isinstance(key, str):
                raise EditError(_("a key has to be a string, not {key!r}", key=key))
            new, path = writable(value), self._place(key)
            known = key in self._before
            if (new is None and not known) or (new is not None and known and same(new, self._before[key])):
                edits.pop(path, None)
            else:
                edits[path] = new
        return replace(self, changes=edits)

    def to_yaml(self) -> str:
        """The file's text with the edits in it, all else as it was; it was read again and says what is meant.

        Raises:
            EditError: where an edit cannot be written so that it reads back as meant.
        """
        return self._written[self.source].text

    def beside_yaml(self) -> str | None:
        """The second file's text with the edits of keys that stand there; None without one. Raises as `to_yaml`."""
        return None if self.files.beside is None else self._written[self.files.beside].text

    def block_yaml(self) -> str:
        """The chosen block alone, edits and comments included, as a YAML file of its own."""
        holders = [layer for layer in self.files.layers if layer.inside(self.path)]
        values = dict(copied(at(self._meant, self.path)))
        if len(holders) == 1 and (inside := holders[0].inside(self.path)):
            return block_alone(self._written[holders[0].source], inside, values)
        return block_anew(self._written[self.source], self.path[-1], values)

    def diff(self, *, quick: bool = False, name: str = "config.yaml") -> str:
        """What the edits change in the file called `name`, as a unified diff; empty without edits.

        The new text is proved as in `to_yaml`; `quick`, for a display that follows typing, proves it with libyaml and
        without the limits of `load`, ten times faster.

        Raises:
            EditError: where an edit cannot be written so that it reads back as meant.
        """
        if not quick or not all(reads_quickly_as(draft.text, draft.document) for draft in self._drafts.values()):
            self.to_yaml()
        names = {self.source: name, self.files.beside: "beside.yaml"}
        return "".join(unified(source.text, draft.text, names[source]) for source, draft in self._drafts.items())

    def notes(self) -> tuple[str, ...]:
        """One sentence for each alias elsewhere in the file that had to be written out to keep its value."""
        return tuple(note for draft in self._drafts.values() for note in draft.notes)

    def set_flags(self) -> list[str]:
        """The edits as tokens that follow the trainer's `--set`, without those of `set_refusals`.

        >>> load("OPTIMIZATION: {LR: 0.003, MOMS: [0.95, 0.85]}").edit({"LR": 0.01, "MOMS": [0.9, 0.8]}).set_flags()
        ['OPTIMIZATION.LR', '0.01', 'OPTIMIZATION.MOMS', '[0.9,0.8]']
        """
        return flags(self.files.document, self.changes)[0]

    def set_refusals(self) -> dict[str, str]:
        """The edits that the trainer's `--set` would not take, with the reason; keys of other blocks by their path."""
        refused = flags(self.files.document, self.changes)[1]
        own = {path: key for key, path in self._taken.items()}
        return {
            own.get(path, str(path[-1]) if path[:-1] == self.path else tree.dotted(path)): reason
            for path, reason in refused.items()
        }

    @cached_property
    def _drafts(self) -> dict[Source, Draft]:
        divided = self.files.divided(self.changes)
        order = [source for source in (self.files.main, self.files.beside) if source in divided]
        return {source: draft(source, divided[source]) for source in order}

    @cached_property
    def _written(self) -> dict[Source, Source]:
        both = {layer.source: layer.source for layer in self.files.layers}
        written = both | {source: draft.proved() for source, draft in self._drafts.items()}
        together = self.files.with_documents({source: new.document for source, new in written.items()})
        if len(both) > 1 and not same(together, self._meant):
            raise EditError(_("this edit cannot be written: what one file says would come through from the other"))
        return written


def _block(document: object, path: Path) -> dict[str, object]:
    own: dict[str, object] = at(document, path)
    return {key: at(document, place) for key, place in inherited(document, path).items()} | own


def load(text: str | bytes, block: str | None = None, beside: str | bytes | None = None) -> Config:
    """Read a trainer's YAML file; `block` is the dotted path of the block, by default the first sensible one.

    `beside` is a second file: the one that `_BASE_CONFIG_` names, or one whose OPTIMIZATION is laid over the first's.

    Raises:
        ConfigError: when it is not a YAML mapping with a mapping OPTIMIZATION in it, or has no such block.

    >>> load("OPTIMIZATION: [1, 2]")
    Traceback (most recent call last):
    pcdet_sched.config.errors.ConfigError: line 1, column 15: OPTIMIZATION is a list; it has to be a mapping of keys
    """
    read = files(text, beside)
    name, found = choose(read.document, block, read.place)
    return Config(read, found[name], found)


_UNENDED = "\n\\ No newline at end of file\n"


def unified(before: str, after: str, name: str = "config.yaml") -> str:
    r"""A patch as `diff -U1` writes it; line ends are kept.

    >>> print(unified("a: 1\n", "a: 2\n"), end="")
    --- config.yaml
    +++ config.yaml
    @@ -1 +1 @@
    -a: 1
    +a: 2
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), name, name, n=1)
    return "".join(line if line.endswith("\n") else line + _UNENDED for line in lines)


def _lines(text: str) -> list[str]:
    ended = [line + "\n" for line in text.split("\n")]
    ended[-1] = ended[-1][:-1]
    return ended if ended[-1] else ended[:-1]
