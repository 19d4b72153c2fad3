"""A benchmark and a sweep that were measured once, for pages to show. scripts/examples.py makes them."""

from __future__ import annotations

import json
from importlib.resources import files

from pcdet_sched.language import _


def recorded(name: str) -> bytes:
    """The file of an example: benchmark.json or sweep.jsonl."""
    return (files(__name__) / name).read_bytes()


def about(name: str) -> str:
    """How it was measured, in a sentence."""
    facts = json.loads(recorded("about.json"))[name]
    return _("Measured with `{command}` on {machine}, {cores} cores, {when}.", **facts)
