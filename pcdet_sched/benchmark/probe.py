"""How many gradient entries half precision loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from pcdet_sched.benchmark.watch import STAGES

if TYPE_CHECKING:
    from pcdet_sched.benchmark.scenes import Batch


class Probe:
    """Compares the gradients of an iteration, of all parameters and of the outputs of `STAGES`, with fp32's.

    Outputs count because that is where underflow begins: a parameter's gradient is a sum over many cells, and in a
    small network hardly ever vanishes as a whole. Nothing waits for the device.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._armed = False
        self._outputs: list[Tensor] = []
        self._exact: tuple[Tensor, ...] = ()
        for stage in STAGES:
            model.get_submodule(stage).register_forward_hook(self._output)

    def _output(self, module: nn.Module, inputs: Any, output: Any) -> None:
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
