"""`resume`: what a checkpoint's next epoch will do to lr."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcdet_sched.commands.options import load_file, plan_from, plan_options
from pcdet_sched.plan import Checkpoint

if TYPE_CHECKING:
    from pcdet_sched.resume import Resume

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("resume")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE, required=False)
@plan_options(samples_required=True)
@click.option("--checkpoint", "pth", type=_FILE, help="A local .pth; loaded as weights only, no code in it is run.")
@click.option("--epoch", type=click.IntRange(min=0), help="Completed epochs, in place of a checkpoint file.")
@click.option("--it", type=click.IntRange(min=0), help="Completed iterations, in place of a checkpoint file.")
@click.option("--new-epochs", type=click.IntRange(min=0), help="--epochs of the resumed run; else as before.")
@click.option("--new-gpus", type=click.IntRange(min=1), help="GPUs of the resumed run; else as before.")
@click.option("--new-batch-size", type=click.IntRange(min=1), help="Total batch of the resumed run; else as before.")
def command(old: Path, new: Path | None, pth: Path | None, epoch: int | None, it: int | None, **values: object) -> None:
    """Say how lr and momentum jump where a run of OLD is resumed with NEW (by default the same file).

    The other options describe the run that wrote the checkpoint. Exits with 2 for a file that cannot be read.
    """
    from pcdet_sched.resume import resume

    changed = {name: values.pop(f"new_{name}") for name in ("epochs", "gpus", "batch_size")}
    before = plan_from(values)
    after = plan_from(
        dataclasses.asdict(before) | {name: value for name, value in changed.items() if value is not None}
    )
    start = _checkpoint(pth, epoch, it)
    old_config = load_file(old)
    for line in _lines(resume((old_config, before), (load_file(new) if new else old_config, after), start)):
        click.echo(line)


def _checkpoint(pth: Path | None, epoch: int | None, it: int | None) -> Checkpoint:
    from pcdet_sched.checkpoint import CheckpointError, read_checkpoint

    if (pth is None) == (epoch is None) or (epoch is None) != (it is None):
        raise click.UsageError("give either --checkpoint, or both --epoch and --it")
    if pth is None:
        return Checkpoint(epoch or 0, it or 0)
    try:
        return read_checkpoint(pth)
    except CheckpointError as error:
        raise click.UsageError(str(error)) from error


def _lines(found: Resume) -> list[str]:
    at = found.seam
    lines = [f"checkpoint: epoch {at.epoch}, iteration {at.iteration}"]
    if at.lr_before is None or at.lr_after is None:
        return [*lines, "nothing is left to run, or there is no curve"]
    lines.append(f"lr: {at.lr_before:.6g} -> {at.lr_after:.6g}{_times(at.lr_factor)}")
    lines.append(f"momentum: {at.momentum_before:.6g} -> {at.momentum_after:.6g}{_times(at.momentum_factor)}")
    short = f"{found.first_epoch} iterations, others {found.whole_epoch}" if found.short else "whole"
    return [*lines, f"first resumed epoch: {short}", found.winner, *(f"{way.title}: {way.text}" for way in found.ways)]


def _times(factor: float | None) -> str:
    return "" if factor is None else f" (x {factor:.4g})"
