"""What one visitor is working on: config, plan and file name. Every page reads it with `tune()`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from pcdet_sched.config import Config, ConfigError, load
from pcdet_sched.config.values import same
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.keys import KEYS
from pcdet_sched.language import current
from pcdet_sched.plan import AUTO, RunPlan
from pcdet_sched.zoo import FIRST, Shipped, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

_KEY = "pcdet_sched.tune"
CUSTOM_SAMPLES = 1000
_MOST_UNDONE = 100


@dataclass
class Tune:
    """One visitor's work.

    `config` holds the edits made so far, `loaded` the same file without any. `name` is the file's own name.
    `generation` counts the files and blocks, `turns` how often each key's field was filled anew since (a fix, a handle,
    Undo), `turned` says when that was last, on the monotonic clock; `filled` has the block's value that each field was
    filled from, `digits` the format under which each number was drawn, `folded` the keys whose fields were drawn folded
    away.
    `error` is the sentence about the last source that could not be read.
    `moving` is what the config would be if the handle that is being moved were let go, `done` the chart and its last
    request that were served. `past` and `future` are what Undo and Redo go to. `trouble` says why the server's checkout
    could not be stepped.
    """

    config: Config
    plan: RunPlan
    name: str
    dataset: str
    loaded: Config = field(init=False)
    filled: dict[str, Any] = field(init=False)
    generation: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    turned: dict[str, float] = field(default_factory=dict)
    error: str = ""
    field_errors: dict[str, str] = field(default_factory=dict)
    digits: dict[str, str] = field(default_factory=dict)
    folded: tuple[str, ...] = ()
    trouble: str = ""
    moving: Config | None = None
    done: tuple[int, int] = (0, 0)
    past: list[Config] = field(default_factory=list)
    future: list[Config] = field(default_factory=list)
    _run: Run | None = None
    _stepped: bool = False
    _language: str = ""
    _first_run: Run | None = None
    _report: tuple[Run, Report] | None = None

    def __post_init__(self) -> None:
        self.loaded, self.filled = self.config, dict(self.config.optimization)

    @property
    def run(self) -> Run:
        """The run of config and plan; worked out once for all parts of the page, and anew in another language."""
        seen = self._run
        if seen is None or seen.config is not self.config or seen.plan != self.plan or self._language != current():
            seen, self._stepped, self.trouble = self._run_of(self.config)
            self._run, self._language = seen, current()
        return seen

    @property
    def first_run(self) -> Run:
        """The run of the file as it was loaded, under the same plan."""
        seen = self._first_run
        if seen is None or seen.config is not self.loaded or seen.plan != self.plan:
            seen = self._first_run = self.run_of(self.loaded)
        return seen

    def run_of(self, config: Config) -> Run:
        """Another config's run under the plan."""
        return self._run_of(config)[0]

    def _run_of(self, config: Config) -> tuple[Run, bool, str]:
        """By the server's checkout if it has one and no trainer was chosen: the run, whether it was, why it was not."""
        from pcdet_sched.simulation import simulate

        trouble = ""
        if self.plan.trainer == AUTO:
            from pcdet_sched.checkout.find import served
            from pcdet_sched.checkout.result import CheckoutError

            try:
                if (checkout := served()) is not None:
                    from pcdet_sched.checkout.simulate import simulate_checkout

                    return simulate_checkout(config, self.plan, checkout), True, ""
            except CheckoutError as error:
                trouble = str(error)
        return simulate(config, self.plan), False, trouble

    @property
    def report(self) -> Report:
        """What the check says of the run."""
        run = self.run
        if self._report is None or self._report[0] is not run:
            if self._stepped:
                from pcdet_sched.checkout.check import check_stepped as judge
            else:
                from pcdet_sched.findings.check import check_run as judge
            self._report = run, judge(run)
        return self._report[1]

    def open(self, config: Config, name: str) -> None:
        """Work on another file."""
        self.config = self.loaded = config
        self.past, self.future = [], []
        self.name, self.error = name, ""
        self._fill()

    def open_text(self, text: str | bytes, name: str, beside: str | bytes | None = None) -> bool:
        """Work on a YAML text. If it is none: False, the reason in `error`, everything else as it was."""
        try:
            config = load(text, beside=beside)
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

    def change(self, edits: Mapping[str, object]) -> None:
        """Edit from outside of the fields (a fix, a handle): those of other values are filled anew."""
        self._refill(self.keep(self.config.edit(edits)))

    def show(self, block: str) -> None:
        """Work on another block of the file; the edits of every block stay."""
        self.config = self.config.stage(block)
        self._fill()

    def reset(self) -> None:
        """Back to the file as it was loaded."""
        self._refill(self.keep(self.loaded))

    def keep(self, config: Config) -> Config:
        """Make another config the visitor's, as one edit that can be undone. Returns the one before."""
        before, self.config = self.config, config
        self.past, self.future, self.moving = [*self.past[1 - _MOST_UNDONE :], before], [], None
        return before

    def undo(self) -> None:
        """Take the last edit back."""
        self._turn(self.past, self.future)

    def redo(self) -> None:
        """Make the edit that was taken back last again."""
        self._turn(self.future, self.past)

    def _turn(self, source: list[Config], other: list[Config]) -> None:
        self.moving = None
        if source:
            before, self.config = self.config, source.pop()
            other.append(before)
            self._refill(before)

    def _fill(self) -> None:
        """New fields for all keys, of another file or block."""
        if self.loaded.path != self.config.path:
            self.loaded = self.loaded.stage(self.config.block)
        self.generation += 1
        self.filled, self.moving = dict(self.config.optimization), None
        self.turns, self.turned, self.field_errors, self.digits = Counter(), {}, {}, {}

    def _refill(self, before: Config) -> None:
        """Let the fields show what the config holds now: new fields where they showed something else, or nonsense.

        A new field has a new name: what a browser still sends under the old one is not heard. The others keep theirs,
        so that what is being typed into one of them is not lost.
        """
        if before.path != self.config.path:
            self._fill()
            return
        shown, now, anew = before.optimization, self.config.optimization, set(self.field_errors)
        anew |= {name for name in KEYS if (name in shown) != (name in now) or not same(shown.get(name), now.get(name))}
        self.turns.update(anew)
        self.turned |= dict.fromkeys(anew, time.monotonic())
        for name in anew:
            self.filled.pop(name, None)
            if name in now:
                self.filled[name] = now[name]
        self.field_errors = {}


def tune() -> Tune:
    """This visitor's work; a shipped model at the first call."""
    if _KEY not in st.session_state:
        entry = shipped(*FIRST)
        config = load(entry.to_yaml())
        plan = RunPlan(samples=DATASETS[entry.dataset].samples)
        st.session_state[_KEY] = Tune(config, plan, f"{entry.model}.yaml", entry.dataset)
    state: Tune = st.session_state[_KEY]
    return state
