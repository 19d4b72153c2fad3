"""What one visitor is working on: config, plan and file name. Every page reads it with `tune()`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, ConfigError, load
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.plan import RunPlan
from pcdet_sched.zoo import FIRST, Shipped, shipped

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

_KEY = "pcdet_sched.tune"
CUSTOM_SAMPLES = 1000
_MOST_UNDONE = 100


@dataclass
class Tune:
    """One visitor's work.

    `config` holds the edits made so far, `loaded` the same file without any. `name` is the file's own name.
    `generation` counts how often the fields were filled anew (another file, a fix, a reset), `filled` is the
    config they were filled from; `digits` is the format under which each number was drawn. `error` is the sentence
    about the last source that could not be read.
    `moving` is what the config would be if the handle that is being moved were let go, `done` the chart and its last
    request that were served. `past` and `future` are what Undo and Redo go to.
    """

    config: Config
    plan: RunPlan
    name: str
    dataset: str
    loaded: Config
    filled: Config
    generation: int = 0
    error: str = ""
    field_errors: dict[str, str] = field(default_factory=dict)
    digits: dict[str, str] = field(default_factory=dict)
    moving: Config | None = None
    done: tuple[int, int] = (0, 0)
    past: list[Config] = field(default_factory=list)
    future: list[Config] = field(default_factory=list)
    _run: Run | None = None
    _report: tuple[Run, Report] | None = None

    @property
    def run(self) -> Run:
        """The simulated run of config and plan; worked out once for all parts of the page."""
        from pcdet_sched.simulation import simulate

        seen = self._run
        if seen is None or seen.config is not self.config or seen.plan != self.plan:
            seen = self._run = simulate(self.config, self.plan)
        return seen

    @property
    def report(self) -> Report:
        """What the check says of that run."""
        from pcdet_sched.findings.check import check_run

        run = self.run
        if self._report is None or self._report[0] is not run:
            self._report = run, check_run(run)
        return self._report[1]

    def open(self, config: Config, name: str) -> None:
        """Work on another file, or on another block of this one."""
        self.config = self.loaded = config
        self.past, self.future, self.moving = [], [], None
        self.name, self.error = name, ""
        self.refill()

    def open_text(self, text: str | bytes, name: str) -> bool:
        """Work on a YAML text. If it is none: False, the reason in `error`, everything else as it was."""
        try:
            config = load(text)
        except ConfigError as error:
            self.error = f"{name}, {error}"
            return False
        self.open(config, name)
        self.dataset = likely(config.document) or self.dataset
        return True

    def open_shipped(self, entry: Shipped) -> None:
        """Work on one of the shipped blocks, with the data set that it trains on."""
        self.open(load(entry.to_yaml()), f"{entry.model}.yaml")
        self.dataset = entry.dataset

    def change(self, edits: dict[str, object]) -> None:
        """Edit from outside of the fields (a fix, a reset): they are filled anew."""
        self.keep(self.config.edit(edits))
        self.refill()

    def reset(self) -> None:
        """Back to the file as it was loaded."""
        self.keep(self.loaded)
        self.refill()

    def keep(self, config: Config) -> None:
        """Make another config the visitor's, as one edit that can be undone."""
        self.past, self.future, self.moving = [*self.past[1 - _MOST_UNDONE :], self.config], [], None
        self.config = config

    def undo(self) -> None:
        """Take the last edit back."""
        self._turn(self.past, self.future)

    def redo(self) -> None:
        """Make the edit that was taken back last again."""
        self._turn(self.future, self.past)

    def _turn(self, source: list[Config], other: list[Config]) -> None:
        self.moving = None
        if source:
            other.append(self.config)
            self.config = source.pop()
            self.refill()

    def refill(self) -> None:
        """Let the fields show what the config holds now."""
        self.filled, self.field_errors, self.digits = self.config, {}, {}
        self.generation += 1


def tune() -> Tune:
    """This visitor's work; a shipped model at the first call."""
    if _KEY not in st.session_state:
        entry = shipped(*FIRST)
        config = load(entry.to_yaml())
        plan = RunPlan(samples=DATASETS[entry.dataset].samples)
        st.session_state[_KEY] = Tune(config, plan, f"{entry.model}.yaml", entry.dataset, config, config)
    state: Tune = st.session_state[_KEY]
    return state
