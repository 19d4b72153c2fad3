"""The block, the model, the batches and the loader that a checkout's code is given.

Only the child process uses this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from easydict import EasyDict
from torch import nn

from pcdet_sched.checkout.stand_ins import StandIn, StandInShort
from pcdet_sched.trainer.model import dummy_batch, dummy_model


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


class LightLoss(StandIn):
    """A loss without a gradient, so that a long run costs what its schedule does; torch's functions see 0.5."""

    def __init__(self) -> None:
        super().__init__("the loss", strict=False)

    def __getitem__(self, key: object) -> object:
        return self if "loss" in str(key) else StandIn(f"the model's output {key!r}", strict=False)

    def backward(self, *_: object, **__: object) -> None:
        """There are no gradients to be had."""

    def mean(self, *_: object, **__: object) -> LightLoss:
        """As a tensor's."""
        return self

    sum = detach = mean
    get = __getitem__

    def __float__(self) -> float:
        return 0.5

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., object],
        types: object,
        values: Iterable[object] = (),
        named: Mapping[str, object] | None = None,
    ) -> object:
        return function(*[torch.tensor(0.5) if isinstance(v, LightLoss) else v for v in values], **(named or {}))


class Loss(torch.Tensor):
    """A real loss for every loop: by itself, or as the dictionary of outputs that holds it."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self if "loss" in key else StandIn(f"the model's output {key!r}", strict=False)
        return super().__getitem__(key)

    def get(self, key: str, default: object = None) -> object:
        """As a dictionary's."""
        return self[key]


class Batch(dict[str, object]):
    """A batch: its size, and a stand-in for all else that is in it."""

    def __missing__(self, key: str) -> object:
        return StandIn(f"the batch's {key!r}", strict=False)


Outputs = tuple[Loss | LightLoss, Batch, dict[str, object]]
"""What a model gives a loop: the loss, values for the log, more of them."""


class Loader:
    """A loader of so many batches. It counts what was taken of it in `fetched`, and ends a loop that never ends."""

    def __init__(self, length: int, batch_size: int, last_batch: int, most: int) -> None:
        self.length, self.batch_size, self.last_batch, self.most = length, batch_size, last_batch, most
        self.fetched = 0
        self.sampler = None
        self.dataset = Samples(length * batch_size - batch_size + last_batch)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Batch]:
        for left in range(self.length - 1, -1, -1):
            if self.fetched >= self.most:
                raise StandInShort(f"the loop takes more than the {self.most} batches that the run has")
            self.fetched += 1
            yield Batch(batch_size=self.batch_size if left else self.last_batch)

    def __getattr__(self, name: str) -> object:
        raise StandInShort(f"the data loader's {name} is asked for, and there is only a stand-in for it")


class Samples:
    """A data set of so many samples."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getattr__(self, name: str) -> object:
        return StandIn(f"the data set's {name}", strict=False)


class Sampler:
    """What a loop tells the epoch to."""

    def set_epoch(self, epoch: int) -> None:
        """Nothing is shuffled."""


class Dummy(nn.Module):
    """The dummy model of the dry run, for loops that call it with a batch: loss, values for the log, more of them."""

    def __init__(self) -> None:
        super().__init__()
        parts = dummy_model()
        for name, part in parts.named_children():
            self.add_module(name, part)
        self.loss = LightLoss()
        self.global_step = torch.zeros(1)

    def forward(self, batch: object) -> Outputs:
        """Four samples through the parts, whatever the batch."""
        values = dummy_batch()
        for part in self.children():
            values = part(values)
        return values.square().mean().as_subclass(Loss), Batch(), {}

    def train(self, mode: bool = True) -> Dummy:
        """As a module's, once."""
        return self if self.training == mode else super().train(mode)

    def update_global_step(self) -> None:
        """As a detector's."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "module":
                return self
            raise StandInShort(f"the model's {name} is asked for, and the dummy model has no such part") from None
