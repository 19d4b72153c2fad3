"""The smallest model that has what the trainer's optimizers tell apart."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


class _SmallBatchNorm(nn.BatchNorm1d):
    """BatchNorm in training, in single steps.

    Torch's own kernel wakes all its threads for a handful of numbers, which costs tens of milliseconds where other
    work keeps the cores busy.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        spread = input.var(0, correction=0)
        return (input - input.mean(0)) * torch.rsqrt(spread + self.eps) * self.weight + self.bias


def dummy_model() -> nn.Module:
    """A linear layer, a BatchNorm layer and a linear head: 25 parameters, float32, on the CPU.

    The first is named `backbone_3d`: forks give an lr of its own to parameters of that name.
    """
    parts = ("backbone_3d", nn.Linear(2, 4)), ("norm", _SmallBatchNorm(4)), ("head", nn.Linear(4, 1))
    return nn.Sequential(OrderedDict[str, nn.Module](parts))


def dummy_batch() -> Tensor:
    """Four samples of two features, shape (4, 2), float32."""
    return torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.5, -1.0], [-1.0, 0.25]])


def parameter_groups(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The trainable parameters as the wrapper splits them: all that is no BatchNorm, and BatchNorm."""
    rest: list[nn.Parameter] = []
    norms: list[nn.Parameter] = []
    for module in model.modules():
        group = norms if isinstance(module, BATCH_NORMS) else rest
        group.extend(p for p in module.parameters(recurse=False) if p.requires_grad)
    return rest, norms
