"""One HTML file for a pull request or a lab book: verdict, numbers, curves, findings, diff. Opens without a network."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from pcdet_sched import __version__
from pcdet_sched.compare.comparison import PLAN_NAMES
from pcdet_sched.compare.metrics import Metrics, metrics
from pcdet_sched.config import EditError
from pcdet_sched.figures import curves
from pcdet_sched.language import N_, _, current

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


def report_html(name: str, run: Run, report: Report) -> str:
    """The report of one run as one HTML file, about 5 MB for the drawing library in it.

    `name` is the config's. All that stems from a config is escaped.
    """
    return "".join(_parts(_safe(name), run, report))


def _parts(name: str, run: Run, report: Report) -> Iterable[str]:
    language = current().replace("_", "-")
    yield f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{name}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{_CSS}</style></head><body>'
    yield f"<h1>{name}</h1>{_verdict(run, report)}"
    for title, body in (
        (_("Run"), _table(_run_rows(run))),
        (_("Curves"), _chart(run)),
        (_("The curve in numbers"), _table(_metric_rows(metrics(run)))),
        (_("Findings"), _findings(report)),
        (_("Changes"), _diff(run)),
        (_("The block"), f"<pre>{_safe(_block(run))}</pre>"),
    ):
        yield f"<h2>{_safe(title)}</h2>{body}"
    made = _("Made with pcdet_sched {version}.", version=__version__)
    yield f"<p><small>{_safe(made)}</small></p></body></html>\n"


def _safe(value: object) -> str:
    # A lone surrogate of a damaged file could not be written as UTF-8.
    return html.escape(str(value)).encode("utf-8", "replace").decode()


def _verdict(run: Run, report: Report) -> str:
    why = f" {run.crash.exception}: {run.crash.message}" if run.crash else ""
    return (
        f'<p class="verdict {"bad" if run.crash else "good"}"><strong>{_safe(report.verdict)}</strong>{_safe(why)}</p>'
    )


def _table(rows: Iterable[Sequence[object]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{_safe(head)}</th>{"".join(f"<td>{_safe(cell)}</td>" for cell in cells)}</tr>'
        for head, *cells in rows
    )
    return f"<table>{body}</table>"


def _run_rows(run: Run) -> list[tuple[str, str]]:
    rows = [
        (_("iterations per epoch"), _count(run.iterations_per_epoch)),
        (_("iterations"), _count(run.total_iterations)),
        (_("epochs"), _count(run.epochs)),
        (_("samples per iteration"), _count(run.effective_batch_size)),
    ]
    given = {_(name): getattr(run.plan, field) for field, name in PLAN_NAMES.items()}
    return rows + [(name, str(value)) for name, value in given.items() if value not in (None, False)]


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


_METRICS = {
    "peak": N_("lr at the peak"), "peak_iteration": N_("iteration of the peak"), "peak_epoch": N_("epoch of the peak"),
    "area": N_("Σ lr"), "above_half": N_("share of the run above half the peak"), "final": N_("lr at the end"),
    "decay": N_("Σ lr · WEIGHT_DECAY"), "kept": N_("left of a weight without a gradient"),
}  # fmt: skip


def _metric_rows(found: Metrics | None) -> list[tuple[str, str]]:
    if found is None:
        return [(_("no curve"), "–")]
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return [(_(title), "–" if values[name] is None else f"{values[name]:.6g}") for name, title in _METRICS.items()]


def _chart(run: Run) -> str:
    """The figure as JSON in a script, and the library that draws it, both inside the file."""
    from plotly.io import to_json
    from plotly.offline import get_plotlyjs

    figure = curves(run)
    figure.update_layout(paper_bgcolor="#ffffff", autosize=True)
    data: str = to_json(figure, validate=False)
    # Inside a script nothing may look like the end of it.
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    label = _safe(_("lr and momentum over the iterations"))
    return (
        f'<div id="curves" role="img" aria-label="{label}"></div><script>{get_plotlyjs()}'
        f"</script><script>Plotly.newPlot('curves', ...(f => [f.data, f.layout])({data}), "
        "{displaylogo: false, responsive: true})</script>"
    )


def _findings(report: Report) -> str:
    none = _("None.")
    if not report.findings:
        return f"<p>{_safe(none)}</p>"
    rows = "".join(
        f'<tr><td class="{_safe(finding.severity)}">{_safe(finding.severity)}</td><td>{_safe(finding.line or "")}</td>'
        f"<td>{_safe(finding.key or '')}</td><td>{_safe(finding.message)}</td></tr>"
        for finding in report.findings
    )
    head = "".join(f'<th scope="col">{_safe(name)}</th>' for name in (_("severity"), _("line"), _("key"), _("what")))
    return f"<table><tr>{head}</tr>{rows}</table>"


def _diff(run: Run) -> str:
    if not run.config.edits:
        none = _("None: the file as it was loaded.")
        return f"<p>{_safe(none)}</p>"
    try:
        return f"<pre>{_safe(run.config.diff())}</pre>"
    except EditError as error:
        why = _("The edits cannot be written into the file: {why}", why=error)
        return f"<p>{_safe(why)}</p>"


def _block(run: Run) -> str:
    try:
        return run.config.block_yaml()
    except EditError:
        return "\n".join(f"{key}: {value!r}" for key, value in run.config.optimization.items())
