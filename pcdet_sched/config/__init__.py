"""A trainer's YAML file: read as the trainer reads it, edited without harm to anything else in it."""

from __future__ import annotations

from pcdet_sched.config.errors import ConfigError, EditError, NoBlockError, Position
from pcdet_sched.config.model import Config, load
from pcdet_sched.config.tree import Duplicate

__all__ = ["Config", "ConfigError", "Duplicate", "EditError", "NoBlockError", "Position", "load"]
