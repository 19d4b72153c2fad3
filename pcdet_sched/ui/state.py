"""What one visitor is working on: config, plan and file name. Every page reads it with `tune()`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, ConfigError, load
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.language import current
from pcdet_sched.plan import AUTO, RunPlan
from pcdet_sched.zoo import FIRST, Shipped, shipped

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

_KEY = "pcdet_sched.tune"
CUSTOM_SAMPLES = 1000


@dataclass(frozen=True)
class Outcome:
    """A simulated run and what the check says of it. `trouble`: why the server's checkout could not be stepped."""

    run: Run
    report: Report
    trouble: str = ""
    language: str = ""
    """The one in force when the report was written."""


@dataclass
class Tune:
    """One visitor's work.

    `config` holds the edits made so far, `loaded` the same file without any. `name` is the file's own name.
    `generation` counts how often the fields were filled anew (another file, a fix, a reset), `filled` is the
    config they were filled from; `digits` is the format under which each number was drawn, `folded` the keys whose
    fields were drawn folded away. `error` is the sentence about the last source that could not be read.
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
    folded: tuple[str, ...] = ()
    _outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What config and plan lead to; worked out once for all parts of the page."""
        seen = self._outcome
        same = seen is not None and seen.run.config is self.config and seen.run.plan == self.plan
        if seen is None or not same or seen.language != current():
            seen = self._outcome = replace(_outcome(self.config, self.plan), language=current())
        return seen

    def open(self, config: Config, name: str) -> None:
        """Work on another file."""
        self.config = self.loaded = config
        self.name, self.error = name, ""
        self.refill()

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

    def change(self, edits: dict[str, object]) -> None:
        """Edit from outside of the fields (a fix, a reset): they are filled anew."""
        self.config = self.config.edit(edits)
        self.refill()

    def show(self, block: str) -> None:
        """Work on another block of the file; the edits of every block stay."""
        self.config = self.config.stage(block)
        self.refill()

    def reset(self) -> None:
        """Back to the file as it was loaded."""
        self.config = self.loaded
        self.refill()

    def refill(self) -> None:
        """Let the fields show what the config holds now."""
        if self.loaded.path != self.config.path:
            self.loaded = self.loaded.stage(self.config.block)
        self.filled, self.field_errors, self.digits = self.config, {}, {}
        self.generation += 1


def _outcome(config: Config, plan: RunPlan) -> Outcome:
    """By the checkout that the server was started with, unless another trainer was chosen; else by the known ones."""
    from pcdet_sched.checkout.served import served
    from pcdet_sched.findings.check import check_run
    from pcdet_sched.simulation import simulate

    trouble = ""
    if plan.trainer == AUTO:
        from pcdet_sched.checkout.result import CheckoutError

        try:
            if (checkout := served()) is not None:
                from pcdet_sched.checkout.check import check_stepped
                from pcdet_sched.checkout.simulate import simulate_checkout

                run = simulate_checkout(config, plan, checkout)
                return Outcome(run, check_stepped(run))
        except CheckoutError as error:
            trouble = str(error)
    run = simulate(config, plan)
    return Outcome(run, check_run(run), trouble)


def tune() -> Tune:
    """This visitor's work; a shipped model at the first call."""
    if _KEY not in st.session_state:
        entry = shipped(*FIRST)
        config = load(entry.to_yaml())
        plan = RunPlan(samples=DATASETS[entry.dataset].samples)
        st.session_state[_KEY] = Tune(config, plan, f"{entry.model}.yaml", entry.dataset, config, config)
    state: Tune = st.session_state[_KEY]
    return state
