"""Torch's Adam and SGD, for a process that takes a few small steps.

Torch marks some methods of its optimizers as not to be compiled, and imports its compiler to do so when they are first
called: a second or more, which no one here needs. These classes call the same methods without the mark; what they
compute, and what they refuse, is torch's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.optim import Optimizer

if TYPE_CHECKING:
    from pcdet_sched.trainer.arithmetic import Group

_ADD = inspect.unwrap(Optimizer.add_param_group)
_ZERO = inspect.unwrap(Optimizer.zero_grad)

Closure = Callable[[], float] | None


class _Eager(Optimizer):
    def add_param_group(self, param_group: Group) -> None:
        _ADD(self, param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        _ZERO(self, set_to_none)


class Adam(_Eager, torch.optim.Adam):
    """`torch.optim.Adam`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.Adam.step))

    @torch.no_grad()
    def step(self, closure: Closure = None) -> Any:
        """As torch's."""
        return self._step(self, closure)


class AdamW(_Eager, torch.optim.AdamW):
    """`torch.optim.AdamW`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.AdamW.step))

    @torch.no_grad()
    def step(self, closure: Closure = None) -> Any:
        """As torch's."""
        return self._step(self, closure)


class SGD(_Eager, torch.optim.SGD):
    """`torch.optim.SGD`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.SGD.step))

    @torch.no_grad()
    def step(self, closure: Closure = None) -> Any:
        """As torch's."""
        return self._step(self, closure)
