"""What a link or a session file carries: the block in work, its plan, and what was pinned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcdet_sched.codec import Block  # noqa: TC001 - the codec reads the fields' types
from pcdet_sched.plan import RunPlan  # noqa: TC001 - the same

if TYPE_CHECKING:
    from pcdet_sched.config import Config

LONGEST_NAME = 80


class LinkError(ValueError):
    """A link or a session file is damaged, too long, or holds what it must not."""


@dataclass(frozen=True)
class Pin:
    """One config under a name: the values of its block, the edits made to them, and the plan. Never the file's text."""

    name: str
    block: Block
    plan: RunPlan
    edits: Block = field(default_factory=dict)

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
