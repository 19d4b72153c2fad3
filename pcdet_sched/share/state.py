"""What a link or a session file carries: the block in work, its plan, and what was pinned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcdet_sched.codec import Block  # noqa: TC001 - the codec reads the fields' types
from pcdet_sched.language import _
from pcdet_sched.plan import RunPlan  # noqa: TC001 - the same

if TYPE_CHECKING:
    from pcdet_sched.config import Config

LONGEST_NAME = 80


class LinkError(ValueError):
    """A link or a session file is damaged, too long, or holds what it must not."""


@dataclass(frozen=True)
class Pin:
    """One config under a name: the values of its block, the edits made to them, and the plan. Never the file's text.

    Of a file with several stages `block` is the whole OPTIMIZATION and `stage` the dotted path of the block that is
    meant, which `edits` belong to; edits of the others are in their values. `stage` is empty for a plain block.
    """

    name: str
    block: Block
    plan: RunPlan
    edits: Block = field(default_factory=dict)
    stage: str = ""

    @classmethod
    def of(cls, name: str, config: Config, plan: RunPlan) -> Pin:
        """A pin of what a config holds now; the name is cut to 80 characters."""
        if not config.stages or config.path[0] != "OPTIMIZATION" or len(config.block) > LONGEST_NAME:
            return cls(name[:LONGEST_NAME], config.original, plan, config.edits)
        others = config.edit({key: config.original.get(key) for key in config.edits})
        return cls(name[:LONGEST_NAME], others.document["OPTIMIZATION"], plan, config.edits, config.block)

    def config(self) -> Config:
        """A config of the block alone, or of it and its stages, with the edits.

        Raises LinkError for values that YAML cannot hold, and for a stage that the block does not have.
        """
        import yaml

        from pcdet_sched.config import ConfigError, EditError, load

        try:
            text = yaml.safe_dump({"OPTIMIZATION": dict(self.block)}, sort_keys=False, allow_unicode=True)
            return load(text, block=self.stage or None).edit(dict(self.edits))
        except (ConfigError, EditError, yaml.YAMLError, RecursionError, ValueError) as error:
            raise LinkError(
                _("{name}: its block cannot be written as YAML: {why}", name=self.name, why=error)
            ) from None


@dataclass(frozen=True)
class Shared:
    """The state of a page: what is on Tune (None: nothing), its data set's name, and the pins in order."""

    current: Pin | None = None
    dataset: str = ""
    pins: tuple[Pin, ...] = ()
