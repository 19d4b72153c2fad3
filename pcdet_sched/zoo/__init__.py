"""The 58 OPTIMIZATION blocks that OpenPCDet ships, as values: no comments, no other part of those files.

Taken from `tools/cfgs/*_models/*.yaml` at commit 8cacccec (2024-04-17). `blocks.json` keeps the types:
32 and 32.0 stay apart.

>>> shipped("KITTI", "pointpillar").optimization["NUM_EPOCHS"]
80
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.write import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = ("KITTI", "pointpillar")
"""What the page shows before anything is chosen."""


_HEADER = "# The block of tools/cfgs/"


@dataclass(frozen=True)
class Shipped:
    """One shipped block: its family and model, its values, and the data set that its config trains on."""

    family: str
    model: str
    dataset: str
    optimization: Mapping[str, object]

    @property
    def path(self) -> str:
        """Where OpenPCDet keeps it, below `tools/cfgs/`."""
        return f"{self.family.lower()}_models/{self.model}.yaml"

    def to_yaml(self) -> str:
        """A YAML file of this block alone, indented by four as OpenPCDet's are."""
        rows = [f"    {key}: {text_of(value)}" for key, value in self.optimization.items()]
        return "\n".join([f"{_HEADER}{self.path}", "OPTIMIZATION:", *rows, ""])


def is_shipped(text: str) -> bool:
    """Whether a file began as `Shipped.to_yaml` writes it; its values may have been edited since.

    >>> is_shipped(shipped("KITTI", "pointpillar").to_yaml().replace("80", "40")), is_shipped("OPTIMIZATION: {}")
    (True, False)
    """
    return text.lstrip("\ufeff").startswith(_HEADER)


@cache
def families() -> Mapping[str, tuple[Shipped, ...]]:
    """Family → its models, both in display order."""
    table = json.loads(Path(__file__).with_name("blocks.json").read_text(encoding="utf-8"))
    return MappingProxyType({family: tuple(_entry(family, row) for row in rows) for family, rows in table.items()})


def _entry(family: str, row: dict[str, Any]) -> Shipped:
    return Shipped(family, row["model"], row["dataset"], MappingProxyType(row["optimization"]))


def shipped(family: str, model: str) -> Shipped:
    """The block of one model; KeyError when there is none of that name in the family."""
    for entry in families().get(family, ()):
        if entry.model == model:
            return entry
    raise KeyError(f"no shipped model {model!r} in the family {family!r}")
