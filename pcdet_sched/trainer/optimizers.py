"""The optimizers the trainer builds: torch's own, and Adam inside a wrapper that decouples the weight decay."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from pcdet_sched.trainer.model import parameter_groups

if TYPE_CHECKING:
    from pcdet_sched.trainer.arithmetic import Block, Group, Value
    from pcdet_sched.trainer_records import Optimizer, Trainer

_ADD = inspect.unwrap(torch.optim.Optimizer.add_param_group)
_ZERO = inspect.unwrap(torch.optim.Optimizer.zero_grad)


class _Eager(torch.optim.Optimizer):
    """An optimizer of torch for a process that takes a few small steps.

    Torch marks some methods of its optimizers as not to be compiled, and imports its compiler to do so when they are
    first called: a second or more, which no one here needs. These are the same methods without the mark; what they
    compute, and what they refuse, is torch's.
    """

    _step: Callable[..., Any]

    def add_param_group(self, param_group: Group) -> None:
        _ADD(self, param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        _ZERO(self, set_to_none)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        return self._step(self, closure)


class Adam(_Eager, torch.optim.Adam):
    """`torch.optim.Adam`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.Adam.step))


class AdamW(_Eager, torch.optim.AdamW):
    """`torch.optim.AdamW`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.AdamW.step))


class SGD(_Eager, torch.optim.SGD):
    """`torch.optim.SGD`, whose first use is quick."""

    _step = staticmethod(inspect.unwrap(torch.optim.SGD.step))


def as_list(value: Value, length: int) -> list[Value]:
    """What the wrapper makes of a value before it spreads it over its layer groups.

    Nothing becomes an empty list, a string a list of itself, another iterable its elements, a number a list of one.
    A list of one is repeated to `length`. Raises AssertionError for any other length, TypeError
    for a mapping of one key, which cannot be repeated.

    >>> as_list(0.01, 1), as_list("0.01", 1)
    ([0.01], ['0.01'])
    >>> as_list([0.95, 0.85], 1)
    Traceback (most recent call last):
    ...
    AssertionError: List len mismatch (2 vs 1)
    """
    if isinstance(value, float):  # nearly always, and asked for at every iteration of a curve
        return [value] * length
    items: Value = value
    if value is None:
        items = []
    elif isinstance(value, str) or not isinstance(value, Iterable):
        items = [value]
    if len(items) == 1:
        items = items * length
    if len(items) != length:
        raise AssertionError(f"List len mismatch ({len(items)} vs {length})")
    return list(items)


class WrappedAdam:
    """Adam with decoupled weight decay over two parameter groups, BatchNorm layers and all the rest.

    `step` first multiplies every trainable parameter, biases and BatchNorm included, by `1 - lr * weight_decay`, then
    steps torch's Adam with a weight decay of 0. Setting `lr` sets both groups; setting `mom` sets the first beta of
    both and leaves the second. The lr that a scheduler has not set yet is 0.003, which no iteration ever sees.

    `betas` must hold two numbers (IndexError), in the ranges that torch allows (ValueError). `weight_decay` may be
    anything of length one: that it is no number shows at the first `step`.
    Source: `tools/train_utils/optimization/fastai_optim.py`, both releases.
    """

    def __init__(
        self, model: nn.Module, betas: Iterable[Value], weight_decay: Value, inner: type[Adam | AdamW] = Adam
    ) -> None:
        groups = [{"params": params, "lr": 0} for params in parameter_groups(model)]
        self.adam = inner(groups, betas=tuple(betas))  # torch judges what they hold
        stored = self.adam.param_groups[0]["betas"]
        self._momentum: list[Value] = [stored[0]]
        self._second_beta: list[Value] = [stored[1]]
        self._weight_decay = as_list(weight_decay, 1)
        self._lr = as_list(3e-3, 1)

    @property
    def param_groups(self) -> list[Group]:
        """Torch's parameter groups: [0] all that is no BatchNorm, [1] BatchNorm."""
        return self.adam.param_groups

    @property
    def lr(self) -> Value:
        """The lr of both groups."""
        return self._lr[-1]

    @lr.setter
    def lr(self, value: Value) -> None:
        self._lr = as_list(value, 1)
        for group in self.param_groups:
            group["lr"] = self._lr[0]

    @property
    def mom(self) -> Value:
        """The first beta of both groups."""
        return self._momentum[-1]

    @mom.setter
    def mom(self, value: Value) -> None:
        self._momentum = as_list(value, 1)
        for group in self.param_groups:
            group["betas"] = (self._momentum[0], self._second_beta[0])

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self.adam.zero_grad()

    def step(self) -> None:
        """Shrink every trainable parameter, then step Adam without a decay of its own."""
        keep = 1 - self._weight_decay[0] * self._lr[0]
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter.mul_(keep)
                group["weight_decay"] = 0
        self.adam.step()


def build_optimizer(model: nn.Module, block: Block, trainer: Trainer) -> WrappedAdam | torch.optim.Optimizer:
    """The optimizer that `block.OPTIMIZER` names, over all parameters of `model`.

    `block` is an attribute dictionary. Raises AttributeError for an absent key, the trainer's own exception
    (NotImplementedError for most) for a name that it does not know, and whatever torch's constructors raise for the
    values. Source: `tools/train_utils/optimization/__init__.py`.
    """
    part = trainer.optimizer(block.OPTIMIZER)
    if trainer.backbone_lr and block.get("FREEZE_BB"):
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(_BACKBONE not in name)
    if part is None:
        raise trainer.unknown_optimizer
    if part.wrapped:
        betas = block.get("BETAS", part.betas) if trainer.reads_betas else part.betas
        return WrappedAdam(model, tuple(betas), block.WEIGHT_DECAY, AdamW if part.family == "AdamW" else Adam)
    parameters = _two_groups(model, block) if trainer.backbone_lr else model.parameters()
    return _torch(part, parameters, block)


_BACKBONE = "backbone_3d."


def _two_groups(model: nn.Module, block: Block) -> Value:
    """The parameters, in two groups where the backbone has an lr of its own and is trained."""
    if block.get("LR_BB") is None:
        return model.parameters()
    named = [(name, each) for name, each in model.named_parameters() if each.requires_grad]
    groups = [{"params": [each for name, each in named if _BACKBONE not in name], "lr": block.LR}]
    backbone = [each for name, each in named if _BACKBONE in name]
    return [*groups, {"params": backbone, "lr": block.LR_BB}] if backbone else groups


def _torch(part: Optimizer, parameters: Value, block: Block) -> torch.optim.Optimizer:
    if part.family == "SGD":
        return SGD(parameters, lr=block.LR, weight_decay=block.WEIGHT_DECAY, momentum=block.MOMENTUM)
    own = AdamW if part.family == "AdamW" else Adam
    return own(parameters, lr=block.LR, weight_decay=block.WEIGHT_DECAY, betas=part.betas)
