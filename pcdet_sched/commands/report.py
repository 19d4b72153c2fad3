"""`report`: one HTML file about a config, for a pull request or a lab book."""

from __future__ import annotations

from pathlib import Path

import click

from pcdet_sched.commands.options import FILE, OUT, load_file, plan_from, plan_options
from pcdet_sched.language import N_, _


@click.command(
    "report",
    help=N_(
        "Write verdict, numbers, curves, findings and the block of FILE into one HTML file that opens offline.\n\n"
        "Exits with 2 for a file that cannot be read."
    ),
)
@click.argument("file", type=FILE)
@plan_options(samples_required=True)
@click.option("--html", "out", required=True, type=OUT, help=N_("Where to write."))
@click.option("--block", help=N_("Which block of the file, as a dotted path; the first sensible one by default."))
def command(file: Path, out: Path, block: str | None, **values: object) -> None:
    """Write verdict, numbers, curves, findings and the block of FILE into one HTML file that opens offline."""
    from pcdet_sched.findings.check import check_run
    from pcdet_sched.share.report import report_html
    from pcdet_sched.simulation import simulate

    config, plan = load_file(file, block), plan_from(values)
    run = simulate(config, plan)
    text = report_html(file.name, run, check_run(run))
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(_("{path} cannot be written: {why}", path=out, why=error.strerror)) from error
