"""What a link or a session file carries: the block in work, its plan, and what was pinned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pcdet_sched.plan import Checkpoint, RunPlan

if TYPE_CHECKING:
    from pcdet_sched.config import Config

LONGEST_NAME = 80


class LinkError(ValueError):
    """A link or a session file is damaged, too long, or holds what it must not."""


@dataclass(frozen=True)
class Pin:
    """One config under a name: the values of its block, the edits made to them, and the plan. Never the file's text."""

    name: str
    block: Mapping[str, Any]
    plan: RunPlan
    edits: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, config: Config, plan: RunPlan) -> Pin:
        """A pin of what a config holds now; the name is cut to 80 characters."""
        return cls(name[:LONGEST_NAME], config.original, plan, config.edits)

    def config(self) -> Config:
        """A config of the block alone, with the edits. Raises LinkError for values that YAML cannot hold."""
        import yaml

        from pcdet_sched.config import ConfigError, EditError, load

        try:
            text = yaml.safe_dump({"OPTIMIZATION": dict(self.block)}, sort_keys=False, allow_unicode=True)
            return load(text).edit(dict(self.edits))
        except (ConfigError, EditError, yaml.YAMLError, RecursionError, ValueError) as error:
            raise LinkError(f"{self.name}: its block cannot be written as YAML: {error}") from None


@dataclass(frozen=True)
class Shared:
    """The state of a page: what is on Tune (None: nothing), its data set's name, and the pins in order."""

    current: Pin | None = None
    dataset: str = ""
    pins: tuple[Pin, ...] = ()


# What the page's own fields allow: nothing that a link holds may be beyond them.
_MOST = {"samples": 10**12, "iters_per_epoch": 10**12, "gpus": 4096, "batch_size": 10**9, "epochs": 10**9}
_MOST_STARTED = 10**15


def plan_as_dict(plan: RunPlan) -> dict[str, Any]:
    """The fields of a plan that are not at their default; without a trainer it is 0.1.0's default, master."""
    usual = asdict(RunPlan(samples=1, trainer="master"))
    return {key: value for key, value in asdict(plan).items() if key == "samples" or value != usual[key]}


def plan_of(values: Any) -> RunPlan:
    """The plan of `plan_as_dict`. Raises LinkError, with the reason, for anything else."""
    if not isinstance(values, dict) or not set(values) <= set(asdict(RunPlan(samples=1))):
        raise LinkError("the run plan has fields that no plan has")
    checkpoint = values.get("checkpoint")
    fields: dict[str, Any] = {"trainer": "master"} | values | {"checkpoint": None}
    try:
        plan = RunPlan(**fields)
        plan = replace(plan, checkpoint=None if checkpoint is None else Checkpoint(**checkpoint))
    except (TypeError, ValueError) as error:
        raise LinkError(f"the run plan cannot be used: {error}") from None
    _bounded(plan)
    return plan


def _bounded(plan: RunPlan) -> None:
    for name, most in _MOST.items():
        value = getattr(plan, name)
        if value is not None and value > most:
            raise LinkError(f"the run plan's {name} is above {most:,}")
    for name in ("merge_all_iters_to_one_epoch", "use_amp"):
        if not isinstance(getattr(plan, name), bool):
            raise LinkError(f"the run plan's {name} is neither true nor false")
    start = plan.checkpoint
    if start and (max(start.epoch, start.iteration) > _MOST_STARTED or not _lr(start.initial_lr)):
        raise LinkError("the run plan's checkpoint cannot be used")


def _lr(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300)
