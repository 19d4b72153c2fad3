"""`pcdet-sched check`: findings of many files, for people, editors and CI."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcdet_sched.commands.options import as_its_clone, beside_option, checkout_option, judge_of, plan_options
from pcdet_sched.language import N_, _, ngettext

if TYPE_CHECKING:
    from pcdet_sched.findings.files import Checked, FoundFiles


@click.command(
    help=N_(
        "Say where the trainer would stop, what it ignores and what hardly does what was meant.\n\n"
        "FILE is a config, a folder (searched for *.yaml and *.yml) or a glob. Files of folders and globs without an "
        "OPTIMIZATION block are left out. Without --samples the number comes from the data set that the file or its "
        "folder names (kitti_models, waymo_models and so on), else it is that of KITTI, 3712."
    ),
    epilog=N_("Exit status: 0 no errors, 1 errors (--strict: also warnings), 2 no file or one that cannot be read."),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@plan_options(samples_required=False)
@click.option("--block", help=N_("Dotted path of the block, such as OPTIMIZATION.PRETRAIN."))
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "sarif", "github"]), default="text", show_default=True
)
@click.option("--skip-unrelated", is_flag=True, help=N_("Leave out named files without an OPTIMIZATION block, too."))
@click.option("--strict", is_flag=True, help=N_("Exit with 1 on warnings, too."))
@beside_option
@checkout_option
def command(
    files: tuple[str, ...],
    style: str,
    strict: bool,
    skip_unrelated: bool,
    block: str | None,
    beside: Path | None,
    checkout: Path | None,
    **options: object,
) -> None:
    """Say where the trainer would stop, what it ignores and what hardly does what was meant."""
    from pcdet_sched.findings.files import find

    try:
        found = find(files, skip_unrelated)
    except FileNotFoundError as error:
        raise click.UsageError(_("there is no file, folder or match for {name}", name=repr(str(error)))) from None
    if not found.files and not skip_unrelated:
        _tell_skipped(found)
        names = ", ".join(map(repr, files))
        raise click.UsageError(_("no YAML file with an OPTIMIZATION block in {names}", names=names))
    checked = _check(found, options, block, beside, checkout)
    _print(checked, style)
    _summary(checked, found)
    sys.exit(_status(checked, strict))


def _check(
    found: FoundFiles, options: dict[str, object], block: str | None, beside: Path | None, checkout: Path | None
) -> list[Checked]:
    from pcdet_sched.findings.files import check_file

    try:
        second = None if beside is None else beside.read_bytes()
    except OSError as error:
        message = _("{path} cannot be read: {reason}", path=beside, reason=error.strerror)
        raise click.UsageError(message) from error
    if checkout is None:
        return [check_file(path, as_its_clone(options, path), block, second) for path in found.files]
    return [check_file(path, options, block, second, judge_of(checkout)) for path in found.files]


def _print(checked: Sequence[Checked], style: str) -> None:
    from pcdet_sched.findings.reporters import FORMATS

    output = FORMATS[style](checked)
    if output:
        click.echo(output)


def _summary(checked: Sequence[Checked], found: FoundFiles) -> None:
    _tell_skipped(found)
    if len(checked) == 1 and checked[0].report is not None:
        click.echo(checked[0].report.verdict, err=True)
    severities = [finding.severity for file in checked for finding in file.findings]
    errors, warnings, infos = (severities.count(name) for name in ("error", "warning", "info"))
    click.echo(
        _(
            "{files}: {errors}, {warnings}, {infos}",
            files=ngettext("{n} file", "{n} files", len(checked), n=f"{len(checked):,}"),
            errors=ngettext("{n} error", "{n} errors", errors, n=f"{errors:,}"),
            warnings=ngettext("{n} warning", "{n} warnings", warnings, n=f"{warnings:,}"),
            infos=ngettext("{n} info", "{n} infos", infos, n=f"{infos:,}"),
        ),
        err=True,
    )


def _tell_skipped(found: FoundFiles) -> None:
    from pcdet_sched.findings.wording import printable

    for path in found.skipped:
        click.echo(printable(_("{path}: no OPTIMIZATION block, left out", path=path)), err=True)


def _status(checked: Sequence[Checked], strict: bool) -> int:
    if any(file.unreadable is not None for file in checked):
        return 2
    severities = {finding.severity for file in checked for finding in file.findings}
    return int("error" in severities or (strict and "warning" in severities))
