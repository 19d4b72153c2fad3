"""Small repairs that let code written for older Python, NumPy and PyTorch run, and what has no place in a rehearsal.

Only the child process uses this. None of them changes a figure.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import inspect
import warnings
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler


def mend() -> None:
    """Bring back what was taken out of the libraries, and make CUDA calls do nothing."""
    warnings.simplefilter("ignore")
    for name in collections.abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    for name, kind in (("float", float), ("int", int), ("bool", bool), ("object", object)):
        if name not in vars(np):
            setattr(np, name, kind)
    for each in vars(lr_scheduler).values():
        if isinstance(each, type) and issubclass(each, lr_scheduler.LRScheduler):
            _swallow_verbose(each)
    if not hasattr(lr_scheduler, "_LRScheduler"):
        vars(lr_scheduler)["_LRScheduler"] = lr_scheduler.LRScheduler
    _eager()
    _without_cuda()
    torch.cuda.amp.autocast = _autocast(torch.cuda.amp.autocast)  # type: ignore[misc]
    torch.autocast = torch.amp.autocast = _autocast(torch.autocast)  # type: ignore[misc]


class _Off:
    """Autocast on a machine without CUDA: off, once torch has judged what it is called with."""

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
    def __call__(self, function: object) -> object:
        return function


def _autocast(real: Any) -> Any:
    known: dict[str, _Off] = {}

    def autocast(*values: object, **named: object) -> _Off:
        key = repr((values, named))
        if key not in known:
            real(*values, **named)
            known[key] = _Off()
        return known[key]

    return autocast


def _eager() -> None:
    """Torch's optimizers without the marks for its compiler, whose import takes seconds: see `trainer.optimizers`."""
    base: Any = torch.optim.Optimizer
    base.add_param_group = inspect.unwrap(base.add_param_group)
    base.zero_grad = inspect.unwrap(base.zero_grad)
    for each in vars(torch.optim).values():
        if isinstance(each, type) and issubclass(each, base) and "step" in vars(each) and each is not base:
            kind: Any = each
            kind.step = torch.no_grad()(inspect.unwrap(kind.step))


def _swallow_verbose(kind: Any) -> None:
    made = vars(kind).get("__init__")
    if made is None or "verbose" in made.__code__.co_varnames[: made.__code__.co_argcount]:
        return

    @functools.wraps(made)
    def init(self: object, *values: object, verbose: object = None, **named: object) -> None:  # noqa: ARG001 - swallowed
        made(self, *values, **named)

    kind.__init__ = init


def _without_cuda() -> None:
    same: Any = lambda self, *_, **__: self  # noqa: E731 - three methods, one meaning
    torch.Tensor.cuda = torch.nn.Module.cuda = same  # type: ignore[method-assign]
    answers: dict[str, object] = {
        "device_count": 1, "current_device": 0, "memory_allocated": 0, "max_memory_allocated": 0, "memory_reserved": 0,
        "set_device": None, "synchronize": None, "empty_cache": None, "reset_peak_memory_stats": None,
    }  # fmt: skip
    for name, value in answers.items():
        setattr(torch.cuda, name, lambda *_, _value=value, **__: _value)
    # One process that was never joined to others: who asks all the same is answered as one alone.
    alone = {"get_world_size": 1, "get_rank": 0, "barrier": None, "all_reduce": None, "reduce": None, "broadcast": None}
    for name, value in alone.items():
        setattr(torch.distributed, name, lambda *_, _value=value, **__: _value)
