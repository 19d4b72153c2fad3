"""What a visitor takes along: the numbers, the chart as a page, the change in other forms; and the files' names."""

from __future__ import annotations

import io
import shlex
import tempfile
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, EditError
from pcdet_sched.figures import standalone_html
from pcdet_sched.language import _, ngettext
from pcdet_sched.ui.parts.html import callout, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune


def forms(state: Tune, run: Run) -> None:
    """The curve as CSV and as a page, the change for the trainer's command line, the block alone."""
    stem = tuned(state.name).stem
    first, second = st.columns(2)
    with first:
        csv_button(state.config, run, stem)
    second.download_button(
        _("HTML of the chart"), data=lambda: standalone_html(run), file_name=f"{stem}.html", mime="text/html",
        on_click="ignore", width="stretch", help=_("One file with everything in it; opens without a network."),
    )  # fmt: skip
    st.caption(_("PNG and SVG are saved at the chart itself."))
    _flags(state.config)
    _heading(_("The block alone"))
    try:
        st.code(state.config.block_yaml(), language="yaml")
    except EditError as error:
        callout("bad", _("This edit cannot be written into the file."), sentence(error))


def _flags(config: Config) -> None:
    """The edits for the trainer's command line, and those that it would refuse."""
    if not config.edits:
        return
    tokens = config.set_flags()
    _heading(_("The same change on the trainer's command line"))
    if tokens:
        st.code("--set " + shlex.join(tokens), language="bash", wrap_lines=True)
    for key, reason in config.set_refusals().items():
        callout("warn", _("--set would refuse {key}.", key=key), reason)


def _heading(text: str) -> None:
    st.markdown(f"**{text}**")


QUICK = 100_000  # rows that are there within a few seconds
MOST = 2_000_000  # rows in one file; of a longer run every k-th iteration is written
_FILE = "csv-file"


def csv_button(config: Config, run: Run, stem: str) -> None:
    """A button that saves the rows, or for a long run one that makes them first."""
    total = run.total_iterations or 0
    every = max(1, -(-total // MOST))
    label = _("CSV of every iteration") if every == 1 else _("CSV of every {n:,}th iteration", n=every)
    name = f"{stem}.csv"
    if run.checkout is not None:
        _download(_("CSV of every iteration"), lambda: _stepped(config, run.plan), name, disabled=not run.has_curve)
        return
    if total <= QUICK:
        _download(label, lambda: _rows(config, run.plan).getvalue(), name, disabled=not total)
        return
    made = st.session_state.get(_FILE)
    if made and made[0] == (config, run.plan):
        _download(label, lambda: _content(made[1]), name)
    elif st.button(
        _("Make the {csv}", csv=label),
        width="stretch",
        help=ngettext("{n:,} row", "{n:,} rows", total // every, n=total // every),
    ):
        st.session_state[_FILE] = ((config, run.plan), _make(config, run, every))
        st.rerun(scope="fragment")


def _download(label: str, data: Callable[[], bytes], name: str, *, disabled: bool = False) -> None:
    st.download_button(
        label, data=data, file_name=name, mime="text/csv", on_click="ignore", width="stretch", disabled=disabled
    )


def _rows(config: Config, plan: RunPlan) -> io.BytesIO:
    from pcdet_sched.simulation import iter_curve

    out = io.BytesIO()
    for i, part in enumerate(iter_curve(config, plan)):
        part.to_csv(out, index=False, header=i == 0)
    return out


def _stepped(config: Config, plan: RunPlan) -> bytes:
    """What the server's checkout does; the run was made for the chart, so it is read again from the disk."""
    from pcdet_sched.checkout.find import served
    from pcdet_sched.checkout.simulate import simulate_checkout

    checkout = served()
    return (
        b"" if checkout is None else simulate_checkout(config, plan, checkout, "all").curve.to_csv(index=False).encode()
    )


def _make(config: Config, run: Run, every: int) -> IO[bytes]:
    """The rows in a temporary file, which is deleted with the visitor's session."""
    from pcdet_sched.simulation import iter_curve

    out = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the session
    total = -(-(run.total_iterations or 1) // every)
    bar, done = st.progress(0.0, _("Writing the rows …")), 0
    for part in iter_curve(config, run.plan, every=every):
        part.to_csv(out, index=False, header=done == 0)
        done += len(part)
        bar.progress(min(done / total, 1.0), _("{done:,} of {total:,} rows", done=done, total=total))
    bar.empty()
    return out


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def tuned(name: str, suffix: str = "_tuned") -> PurePath:
    """The file's own name with a suffix before its ending.

    >>> str(tuned("pv_rcnn.yaml")), str(tuned("../a/cfg.yml", "_lr")), tuned("a.b.yaml").stem
    ('pv_rcnn_tuned.yaml', 'cfg_lr.yml', 'a.b_tuned')
    """
    path = PurePath(name)
    return PurePath(f"{path.stem}{suffix}{path.suffix or '.yaml'}")
