"""What came of a checkout's own code: what the child process says, and what a run says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pcdet_sched.codec import converter
from pcdet_sched.language import _


class CheckoutError(RuntimeError):
    """A checkout that cannot be stepped; the message is a sentence. `printed` is what its code wrote before."""

    def __init__(self, message: str, printed: str = "") -> None:
        super().__init__(message)
        self.printed = printed


@dataclass(frozen=True)
class RanFile:
    """A file of the checkout that was run: its path below the root, and the SHA-256 of its bytes in hex."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Order:
    """One run for the child: `document` is the whole file as YAML, its block under OPTIMIZATION.

    `iters_per_epoch` is what the loader gives, `total_epochs` what the loop gets, as YAML: it may be of any type.
    `last_batch`: samples in the last batch of an epoch. `start_epoch`, `start_iter`, `initial_lr`: a resumed run.
    """

    document: str
    iters_per_epoch: int
    total_epochs: str
    batch_size: int
    last_batch: int
    use_amp: str = "false"
    merge: bool = False
    start_epoch: int = 0
    start_iter: int = 0
    initial_lr: float | None = None


@dataclass(frozen=True)
class Work:
    """What a child process does: the checkout's places and the runs. `seconds` of CPU, `megabytes` above its start."""

    root: str
    tools: str
    optimization: str
    loop: str
    packages: tuple[str, ...]
    orders: tuple[Order, ...]
    seconds: int
    megabytes: int


@dataclass(frozen=True)
class Facts:
    """How a checkout goes about a run, as it was seen.

    `optimizer` is the class that steps, `family` torch's class inside it; `groups` its parameter groups, `betas` and
    `weight_decay` of the first after building. `keys`: what was read of the block, in order. `events`: what one
    iteration does, in order, such as "scheduler(iteration)", "clip 10", "optimizer".
    """

    optimizer: str = ""
    family: str = ""
    scheduler: str = ""
    groups: int = 0
    betas: tuple[float, ...] = ()
    weight_decay: str = ""
    keys: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stop:
    """Where the checkout's code stopped by an exception of its own, and the file and line in which it was."""

    stage: str
    iteration: int | None
    exception: str
    message: str
    place: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one order. `total`: batches that the loop took.

    `trouble` is why it could not be run at all, `loop_trouble` why train_model could not be.
    """

    stop: Stop | None
    facts: Facts
    total: int
    loop_trouble: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Said:
    """A line of the child: further rows of a run (base64 of float64), a run's outcome, or the end of all.

    `again`: the run begins anew, the rows before are void. `trouble` is why nothing could be run; `files` come with
    the end.
    """

    rows: str = ""
    again: bool = False
    outcome: Outcome | None = None
    trouble: str = ""
    files: tuple[RanFile, ...] | None = None


CODEC = converter(max_text=4_000_000)
"""Orders to the child and lines from it."""

Loop = Literal["train_model", "scheduler"]


@dataclass(frozen=True)
class Stepped:
    """What a run says of the checkout that it was stepped by.

    `root` and `commit` say which (`changed`: a file that was run differs from the commit), `files` what was run.
    `loop`: "train_model" where the checkout's own loop drove it over all iterations, "scheduler" where its scheduler
    alone could be stepped, for the reason in `loop_trouble`. `same_as`: the known trainers that do the same with this
    block under this plan. `stop` is where its code stopped, with file and line.
    """

    root: str
    commit: str | None
    changed: bool
    files: tuple[RanFile, ...]
    loop: Loop
    loop_trouble: str
    facts: Facts
    stop: Stop | None
    same_as: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Which code was stepped, and which known trainer does the same."""
        if self.same_as:
            same = _("identical to {name} in all that matters here", name=self.same_as[0])
        else:
            same = _("no known trainer does the same with this block")
        which = self.root
        if self.commit is not None:
            which = _("{root} at commit {commit}", root=self.root, commit=self.commit[:12])
        if self.changed:
            which = _("{checkout} with changes", checkout=which)
        said = _("Stepped by the code of {checkout}: {same}.", checkout=which, same=same)
        if self.loop == "train_model":
            return said
        alone = _(
            "Its train_model could not be run ({why}), so its scheduler alone was stepped, as OpenPCDet's loop does.",
            why=self.loop_trouble,
        )
        return f"{said} {alone}"
