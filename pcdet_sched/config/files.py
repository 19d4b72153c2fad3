"""One file, or two that the trainer lays over one another: what they say together, and which of them says it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pcdet_sched.config import tree
from pcdet_sched.config.blocks import OPTIMIZATION, mappings
from pcdet_sched.config.errors import ConfigError, Position, position
from pcdet_sched.config.reader import Source, read
from pcdet_sched.config.tree import BASE, Slot
from pcdet_sched.config.values import Path, at, put
from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, eq=False)
class Layer:
    """What lies at `inner` of a file and goes to `outer` in the document."""

    source: Source
    inner: Path = ()
    outer: Path = ()

    def inside(self, path: Path) -> Path | None:
        """The file's own path to what is at `path` in the document; None where it has nothing there."""
        if path[: len(self.outer)] != self.outer:
            return None
        own = (*self.inner, *path[len(self.outer) :])
        try:
            at(self.source.document, own)
        except (LookupError, TypeError):
            return None
        return own


@dataclass(frozen=True, eq=False)
class Files:
    """The file that was opened, and the second one if there is; `layers` from the lowest to the one that wins."""

    main: Source
    layers: tuple[Layer, ...]
    beside: Source | None = None

    @cached_property
    def document(self) -> object:
        """The values of all layers, merged as the trainer merges them."""
        return merged([(layer, layer.source.document) for layer in self.layers])

    def with_documents(self, documents: Mapping[Source, object]) -> object:
        """The document, had these files other values."""
        return merged([(layer, documents.get(layer.source, layer.source.document)) for layer in self.layers])

    def slot(self, path: Path, source: Source | None = None) -> Slot | None:
        """The entry that gives the value at `path`, of one source or of the layer that wins."""
        for layer in reversed(self.layers):
            inside = layer.inside(path) if source in (None, layer.source) else None
            if inside:
                return tree.way(layer.source, inside)[-1]
        return None

    def place(self, path: Path) -> Position:
        """Where the value at `path` stands in the file that has it."""
        slot = self.slot(path)
        return slot.value_position if slot else position(self.main.root.start_mark)

    def divided(self, changes: Mapping[Path, object]) -> dict[Source, dict[Path, dict[str, object]]]:
        """Each change for the file where its key stands: the mapping's path there, the key, the new value.

        A key that goes (None) goes wherever it stands; a new one goes to the file that was opened, if it has the
        mapping, else to the other.
        """
        found: dict[Source, dict[Path, dict[str, object]]] = {}
        for path, value in changes.items():
            for layer, inside in self._holders(path, value is None):
                found.setdefault(layer.source, {}).setdefault(inside, {})[str(path[-1])] = value
        return found

    def _holders(self, path: Path, every: bool) -> Iterator[tuple[Layer, Path]]:
        holders = [(layer, inside) for layer in self.layers if (inside := layer.inside(path))]
        if every:
            yield from ((layer, inside[:-1]) for layer, inside in holders)
        elif holders:
            yield holders[-1][0], holders[-1][1][:-1]
        else:
            homes = [(layer, home) for layer in self.layers if (home := layer.inside(path[:-1])) is not None]
            yield next((pair for pair in homes if pair[0].source is self.main), homes[-1])


def files(text: str | bytes, beside: str | bytes | None = None) -> Files:
    """Read one file, or two.

    The second is the file that `_BASE_CONFIG_` names, which is merged in first (`pcdet/config.py`, every release);
    else, as `--opt_cfg_file` of xiangruhuang/OpenPCDet has it, its OPTIMIZATION is laid over the first one's.

    Raises:
        ConfigError: where one cannot be read (the second one's message says so), or the second has no place.
    """
    main = read(text)
    if beside is None:
        return Files(main, (Layer(main),))
    try:
        second = read(beside)
    except ConfigError as error:
        raise ConfigError(_("the second file, {error}", error=error)) from error
    return Files(main, _laid(main, second), second)


def _laid(main: Source, second: Source) -> tuple[Layer, ...]:
    bases = [path for path, value in mappings(main.document) if BASE in value]
    is_whole = isinstance(second.document, dict) and isinstance(second.document.get(OPTIMIZATION), dict)
    if is_whole and () not in bases:
        return Layer(main), Layer(second, (OPTIMIZATION,), (OPTIMIZATION,))
    if not bases or not isinstance(second.document, dict):
        raise ConfigError(
            _(
                "the second file has no mapping {optimization}, and the first names no {base}",
                optimization=OPTIMIZATION,
                base=BASE,
            )
        )
    base = () if is_whole else next((path for path in bases if OPTIMIZATION in path), bases[0])
    return Layer(second, (), base), Layer(main)


def merged(layers: list[tuple[Layer, object]]) -> object:
    """The values of layers, lowest first: mappings key by key, of anything else the last one."""
    whole: object = layers[0][1] if len(layers) == 1 else {}
    for layer, document in layers if len(layers) > 1 else ():
        value = at(document, layer.inner)
        for step in reversed(layer.outer):
            value = {step: value}
        whole = _over(whole, value)
    return whole


def _over(lower: object, upper: object) -> object:
    if not isinstance(lower, dict) or not isinstance(upper, dict):
        return upper
    return lower | {key: _over(lower[key], value) if key in lower else value for key, value in upper.items()}


def with_changes(document: object, changes: Mapping[Path, object]) -> Any:
    """A document with new values at these paths, and without what stands at those that become None."""
    for path, value in changes.items():
        mapping = dict(at(document, path[:-1]))
        if value is None:
            mapping.pop(path[-1], None)
        else:
            mapping[path[-1]] = value
        document = put(document, path[:-1], mapping)
    return document
