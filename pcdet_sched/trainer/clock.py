"""Which iterations a run goes through, and in which epoch each lies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """The loop's own count: epochs from `first_epoch` to `epochs`, each of `per_epoch` iterations.

    Iterations count over the whole run. A resumed run begins at iteration `first`, and its first epoch begins at
    `first mod per_epoch`, so it is short where the number of iterations per epoch has changed.
    Source: `tools/train_utils/train_utils.py`, both releases.

    >>> clock = Clock(per_epoch=40, epochs=6, first_epoch=5, first=25)
    >>> clock.end, clock.epoch_at(25), clock.epoch_at(39)
    (40, 5, 5)
    """

    per_epoch: int
    epochs: int
    first_epoch: int = 0
    first: int = 0

    @property
    def aligned(self) -> int:
        """The iteration at which the first epoch would have begun, had it been whole."""
        return self.first - self.first % self.per_epoch

    @property
    def end(self) -> int:
        """One past the last iteration; equal to `first` where nothing is left to run."""
        left = self.epochs - self.first_epoch
        return self.aligned + left * self.per_epoch if left > 0 else self.first

    def epoch_at(self, iteration: int) -> int:
        """The epoch, from 0, in which an iteration lies."""
        return self.first_epoch + (iteration - self.aligned) // self.per_epoch

    def start_of(self, epoch: int) -> int:
        """The first iteration of an epoch."""
        return max(self.first, self.aligned + (epoch - self.first_epoch) * self.per_epoch)

    def __contains__(self, iteration: object) -> bool:
        return isinstance(iteration, int) and self.first <= iteration < self.end
