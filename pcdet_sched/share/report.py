"""One HTML file for a pull request or a lab book: verdict, numbers, curves, findings, diff. Opens without a network."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pcdet_sched import __version__
from pcdet_sched.compare.comparison import PLAN_NAMES
from pcdet_sched.compare.metrics import Metrics, metrics
from pcdet_sched.config import EditError
from pcdet_sched.figures import curves

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

# The browser itself forbids the file to load anything, whatever were in it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"

_CSS = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2937; background: #fff; max-width: 1080px; margin: 2rem auto;
  padding: 0 1rem }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin-top: 2rem }
.verdict { padding: .7rem 1rem; border-left: .35rem solid; border-radius: .3rem; background: #f3f4f6 }
.good { border-color: #16794c } .bad { border-color: #c0362c }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid #e5e7eb; vertical-align: top; overflow-wrap: anywhere }
td { font-variant-numeric: tabular-nums }
pre { background: #f3f4f6; padding: .8rem; border-radius: .3rem; overflow-x: auto; font-size: .86rem }
.error { color: #b42318 } .warning { color: #8a5200 } .info { color: #4b6584 } small { color: #4b5563 }
"""


@dataclass(frozen=True)
class Page:
    """What the file says: the name of the config, the run, what the check found."""

    name: str
    run: Run
    report: Report

    def to_html(self) -> str:
        """The file's text, about 5 MB for the drawing library in it; all that stems from a config is escaped."""
        return "".join(self._parts())

    def _parts(self) -> Iterable[str]:
        name = _text(self.name)
        yield f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        yield f'<meta name="viewport" content="width=device-width"><style>{_CSS}</style></head><body>'
        yield f"<h1>{name}</h1>{_verdict(self.run, self.report)}"
        yield f"<h2>Run</h2>{_table(_run_rows(self.run))}"
        yield f"<h2>Curves</h2>{_chart(self.run)}"
        yield f"<h2>The curve in numbers</h2>{_table(_metric_rows(metrics(self.run)))}"
        yield f"<h2>Findings</h2>{_findings(self.report)}"
        yield f"<h2>Changes</h2>{_diff(self.run)}"
        yield f"<h2>The block</h2><pre>{_text(_block(self.run))}</pre>"
        yield f"<p><small>Made with pcdet_sched {_text(__version__)}.</small></p></body></html>\n"


def report_html(name: str, run: Run, report: Report) -> str:
    """The report of one run as one HTML file."""
    return Page(name, run, report).to_html()


def _text(value: object) -> str:
    # A lone surrogate of a damaged file could not be written as UTF-8.
    return html.escape(str(value)).encode("utf-8", "replace").decode()


def _verdict(run: Run, report: Report) -> str:
    why = f" {run.crash.exception}: {run.crash.message}" if run.crash else ""
    return (
        f'<p class="verdict {"bad" if run.crash else "good"}"><strong>{_text(report.verdict)}</strong>{_text(why)}</p>'
    )


def _table(rows: Iterable[Sequence[object]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{_text(head)}</th>{"".join(f"<td>{_text(cell)}</td>" for cell in cells)}</tr>'
        for head, *cells in rows
    )
    return f"<table>{body}</table>"


def _run_rows(run: Run) -> list[tuple[str, str]]:
    rows = [
        ("iterations per epoch", _count(run.iterations_per_epoch)),
        ("iterations", _count(run.total_iterations)),
        ("epochs", _count(run.epochs)),
        ("samples per iteration", _count(run.effective_batch_size)),
    ]
    given = {name: getattr(run.plan, field) for field, name in PLAN_NAMES.items()}
    return rows + [(name, str(value)) for name, value in given.items() if value not in (None, False)]


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


_METRICS = {
    "peak": "lr at the peak", "peak_iteration": "iteration of the peak", "peak_epoch": "epoch of the peak",
    "area": "Σ lr", "above_half": "share of the run above half the peak", "final": "lr at the end",
    "decay": "Σ lr · WEIGHT_DECAY", "kept": "left of a weight without a gradient",
}  # fmt: skip


def _metric_rows(found: Metrics | None) -> list[tuple[str, str]]:
    if found is None:
        return [("no curve", "–")]
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return [(title, "–" if values[name] is None else f"{values[name]:.6g}") for name, title in _METRICS.items()]


def _chart(run: Run) -> str:
    """The figure as JSON in a script, and the library that draws it, both inside the file."""
    from plotly.io import to_json
    from plotly.offline import get_plotlyjs

    figure = curves(run)
    figure.update_layout(paper_bgcolor="#ffffff", autosize=True)
    data: Any = to_json(figure, validate=False)
    # Inside a script nothing may look like the end of it.
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return (
        f'<div id="curves" role="img" aria-label="lr and momentum over the iterations"></div><script>{get_plotlyjs()}'
        f"</script><script>Plotly.newPlot('curves', ...(f => [f.data, f.layout])({data}), "
        "{displaylogo: false, responsive: true})</script>"
    )


def _findings(report: Report) -> str:
    if not report.findings:
        return "<p>None.</p>"
    rows = "".join(
        f'<tr><td class="{_text(finding.severity)}">{_text(finding.severity)}</td><td>{_text(finding.line or "")}</td>'
        f"<td>{_text(finding.key or '')}</td><td>{_text(finding.message)}</td></tr>"
        for finding in report.findings
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("severity", "line", "key", "what"))
    return f"<table><tr>{head}</tr>{rows}</table>"


def _diff(run: Run) -> str:
    if not run.config.edits:
        return "<p>None: the file as it was loaded.</p>"
    try:
        return f"<pre>{_text(run.config.diff())}</pre>"
    except EditError as error:
        return f"<p>The edits cannot be written into the file: {_text(error)}</p>"


def _block(run: Run) -> str:
    try:
        return run.config.block_yaml()
    except EditError:
        return "\n".join(f"{key}: {value!r}" for key, value in run.config.optimization.items())
