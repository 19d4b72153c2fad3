"""Hooks on the detector: where a value that is not finite turns up first, and how many gradient entries fp16 loses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call

if TYPE_CHECKING:
    from pcdet_sched.benchmark.scenes import Batch

WATCHED = ("points", "block1", "block2", "block3", "heads")
"""The detector's modules whose output is watched, in the order of the forward pass."""


class FiniteWatch:
    """Takes a sum of the scene and of each output of `WATCHED`, which is finite where all they hold is.

    With the loss and the norms of the gradients that tells where something went wrong first. Nothing waits for the
    device.
    """

    def __init__(self, model: nn.Module) -> None:
        gradients = [f"the gradient of {name}" for name, _ in model.named_parameters()]
        # The backward pass goes from the last parameter to the first.
        self._places = ("the scene", *(f"the output of {stage}" for stage in WATCHED), "the loss", *reversed(gradients))
        self._outputs: list[Tensor] = []
        for stage in WATCHED:
            model.get_submodule(stage).register_forward_hook(self._output)

    def _output(self, module: nn.Module, inputs: object, output: object) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        sums = [wide_sum(part) for part in parts]
        self._outputs.append(sums[0] if len(sums) == 1 else torch.stack(sums).sum())

    def begin(self) -> None:
        """A new iteration: what a probe's forward pass left behind is forgotten."""
        self._outputs = []

    def sums(self, points: Tensor) -> Tensor:
        """The sums of the scene and of the outputs, float64 (1 + stages), on the device."""
        return torch.stack([wide_sum(points), *self._outputs])

    def first(self, sums: Sequence[float], loss: float, gradient_norms: Sequence[float]) -> str | None:
        """The first place that is not finite, of fetched values; the norms in the order of the model's parameters."""
        values = (*sums, loss, *reversed(gradient_norms))
        return next((place for place, x in zip(self._places, values, strict=True) if not math.isfinite(x)), None)


def wide_sum(values: Tensor) -> Tensor:
    """A float64 sum, which is finite exactly where all values are; much cheaper than to look at each.

    >>> wide_sum(torch.full((9,), 3e38)).isfinite().item(), wide_sum(torch.tensor([1.0, torch.inf])).isfinite().item()
    (True, False)
    """
    wide_enough = torch.float32 if values.dtype == torch.float16 else torch.float64
    return values.detach().sum(dtype=wide_enough).double()


class Probe:
    """Compares the gradients of an iteration, of all parameters and of the outputs of `WATCHED`, with fp32's.

    Outputs count because that is where underflow begins: a parameter's gradient is a sum over many cells, and in a
    small network hardly ever vanishes as a whole. Nothing waits for the device.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._armed = False
        self._outputs: list[Tensor] = []
        self._exact: tuple[Tensor, ...] = ()
        for stage in WATCHED:
            model.get_submodule(stage).register_forward_hook(self._output)

    def _output(self, module: nn.Module, inputs: object, output: object) -> None:
        if self._armed:
            self._outputs += output if isinstance(output, tuple) else (output,)
            for tensor in self._outputs:
                tensor.retain_grad()

    def arm(self, batch: Batch) -> None:
        """Take the gradients of a batch in fp32; the model, its statistics and its gradients stay as they are."""
        self._armed, self._outputs = True, []
        parameters = dict(self._model.named_parameters())
        buffers = {name: buffer.clone() for name, buffer in self._model.named_buffers()}
        loss = functional_call(self._model, {**parameters, **buffers}, (batch,))
        self._exact = torch.autograd.grad(loss, (*parameters.values(), *self._outputs))
        self._outputs = []

    def share(self) -> Tensor | None:
        """The share of entries lost in the backward pass since `arm`, a device scalar; None where it was not armed."""
        if not self._armed:
            return None
        self._armed = False
        measured = [tensor.grad for tensor in (*self._model.parameters(), *self._outputs)]
        share = underflow(measured, self._exact)
        self._outputs, self._exact = [], ()
        return share


def underflow(measured: Sequence[Tensor | None], exact: Sequence[Tensor]) -> Tensor:
    """The share of all entries that are zero in `measured` and not in `exact`, a device scalar.

    A gradient that is None counts as zeros.

    >>> underflow([torch.tensor([0.0, 0.0, 1.0, 2.0])], [torch.tensor([1e-9, 0.0, 1.0, 2.0])])
    tensor(0.2500)
    """
    pairs = zip(measured, exact, strict=True)
    lost = [(e != 0).sum() if m is None else ((m == 0) & (e != 0)).sum() for m, e in pairs]
    return torch.stack(lost).sum() / sum(gradient.numel() for gradient in exact)
