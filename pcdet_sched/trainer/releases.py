"""The two lines of the trainer that are in use, and what differs between them."""

from __future__ import annotations

from dataclasses import dataclass

TORCH_OPTIMIZERS = ("adam", "sgd")
WRAPPED_OPTIMIZERS = ("adam_onecycle", "adam_cosineanneal")


@dataclass(frozen=True)
class Release:
    """One line of OpenPCDet's trainer.

    `passes_epoch`: `scheduler.step` is called with the iteration and the epoch, which torch's own schedulers refuse.
    `optimizers`: the values of OPTIMIZER that it knows.
    """

    id: str
    title: str
    passes_epoch: bool
    optimizers: tuple[str, ...]


MASTER = Release(
    id="master",
    title="master, since 2023-05-08",
    passes_epoch=True,
    optimizers=(*TORCH_OPTIMIZERS, *WRAPPED_OPTIMIZERS),
)
CLASSIC = Release(
    id="classic",
    title="classic, before 2023-05-08 (v0.5.2, early 0.6.0, most forks)",
    passes_epoch=False,
    optimizers=(*TORCH_OPTIMIZERS, "adam_onecycle"),
)
RELEASES = {release.id: release for release in (MASTER, CLASSIC)}
