"""The trainer's attribute dictionary, which notes the keys of the block that are asked for.

Only the child process uses this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from easydict import EasyDict


class _Watch:
    def __init__(self) -> None:
        self.block: object = None
        self.asked: dict[str, None] = {}


_WATCH = _Watch()


class Noting(EasyDict):  # type: ignore[misc] # easydict has no types
    """An EasyDict; of the one that is watched it is noted what is asked for.

    EasyDict makes an item of every attribute of its class whose name has no underscores before and after it.
    """

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__
        if _WATCH.block is self:
            if name == "get":
                return _noting(found(name))
            if name.isupper():
                _WATCH.asked[name] = None
        return found(name)

    def __getitem__(self, name: object) -> object:
        if _WATCH.block is self:
            _WATCH.asked[str(name)] = None
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        if _WATCH.block is self:
            _WATCH.asked[str(name)] = None
        return bool(super().__contains__(name))


# Its name stands in the messages of exceptions, and is EasyDict's there.
Noting.__name__ = Noting.__qualname__ = "EasyDict"


def _noting(get: Callable[..., object]) -> Callable[..., object]:
    def noted(name: object, default: object = None) -> object:
        _WATCH.asked[str(name)] = None
        return get(name, default)

    return noted


def watch(block: object) -> None:
    """Note what is asked of this one from now on, and nothing that was before."""
    _WATCH.asked.clear()
    _WATCH.block = block


def asked() -> tuple[str, ...]:
    """What was asked of the watched one, in order."""
    return tuple(_WATCH.asked)
