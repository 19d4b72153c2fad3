"""`pcdet-sched check`: findings of many files, for people, editors and CI."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pcdet_sched.plan import RELEASES

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked
    from pcdet_sched.findings.paths import Found

_COUNT = click.IntRange(min=1)


@click.command(epilog="Exit status: 0 no errors, 1 errors (with --strict also warnings), 2 a file cannot be read.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--samples", type=_COUNT, help="Training samples per epoch; by default those of the file's data set.")
@click.option("--gpus", type=_COUNT, default=1, show_default=True, help="GPUs.")
@click.option("--epochs", type=click.IntRange(min=0), help="The trainer's --epochs.")
@click.option("--batch-size", type=_COUNT, help="The trainer's --batch_size: the total over all GPUs.")
@click.option("--trainer", type=click.Choice(RELEASES), default="master", show_default=True, help="Release.")
@click.option("--merge-all-iters-to-one-epoch", is_flag=True, help="The trainer's flag of that name.")
@click.option("--amp", is_flag=True, help="The trainer's --use_amp.")
@click.option("--block", help="Dotted path of the block, such as OPTIMIZATION.PRETRAIN.")
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "sarif", "github"]), default="text", show_default=True
)
@click.option("--skip-unrelated", is_flag=True, help="Leave out named files without an OPTIMIZATION block, too.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
def command(
    files: tuple[str, ...], style: str, block: str | None, strict: bool, skip_unrelated: bool, amp: bool, **options: Any
) -> None:
    """Say where the trainer would stop, what it ignores and what hardly does what was meant.

    FILE is a config, a folder (searched for *.yaml and *.yml) or a glob. Files of folders and globs without an
    OPTIMIZATION block are left out. Without --samples the number comes from the data set that the file or its folder
    names (kitti_models, waymo_models and so on), else it is that of KITTI, 3712.
    """
    from pcdet_sched.findings.paths import find

    try:
        found = find(files, skip_unrelated)
    except FileNotFoundError as error:
        raise click.UsageError(f"there is no file, folder or match for {str(error)!r}") from None
    checked = _check(found, {**options, "use_amp": amp}, block)
    _print(checked, style)
    _summary(checked, found)
    sys.exit(_status(checked, strict))


def _check(found: Found, options: dict[str, Any], block: str | None) -> list[Checked]:
    from pcdet_sched.findings.checked import check_file

    _start_torch_quickly()
    return [check_file(path, options, block) for path in found.files]


def _start_torch_quickly() -> None:
    """Save half of the time that torch takes to start, for a process that only takes a few tiny steps.

    Torch imports its compiler when an optimizer is first used, only to exempt the method from being compiled. A method
    that is marked as exempt already is left alone; a torch that marks it in another way is only slower.
    """
    import torch

    torch.set_num_threads(1)  # tensors of a handful of numbers: threads cost more than the work
    for method in (torch.optim.Optimizer.zero_grad, torch.optim.Optimizer.add_param_group):
        function = getattr(method, "__wrapped__", None)
        if function is not None and not hasattr(function, "__dynamo_disable"):
            setattr(function, "__dynamo_disable", function)


def _print(checked: Sequence[Checked], style: str) -> None:
    from pcdet_sched.findings.reporters import FORMATS

    output = FORMATS[style](checked)
    if output:
        click.echo(output)


def _summary(checked: Sequence[Checked], found: Found) -> None:
    from pcdet_sched.findings.wording import counted, printable

    for path in found.skipped:
        click.echo(printable(f"{path}: no OPTIMIZATION block, left out"), err=True)
    if len(checked) == 1 and checked[0].report is not None:
        click.echo(checked[0].report.verdict, err=True)
    findings = [finding for file in checked for finding in file.findings]
    sums = (counted(sum(f.severity == name for f in findings), name) for name in ("error", "warning", "info"))
    click.echo(f"{counted(len(checked), 'file')}: {', '.join(sums)}", err=True)


def _status(checked: Sequence[Checked], strict: bool) -> int:
    if any(file.unreadable is not None for file in checked):
        return 2
    severities = {finding.severity for file in checked for finding in file.findings}
    return int("error" in severities or (strict and "warning" in severities))
