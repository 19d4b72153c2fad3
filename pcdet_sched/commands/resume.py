"""`resume`: what a checkpoint's next epoch will do to lr."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcdet_sched.commands.options import FILE, load_file, plan_from, plan_options
from pcdet_sched.language import N_, _, headed
from pcdet_sched.plan import Checkpoint

if TYPE_CHECKING:
    from pcdet_sched.resume import Resume


@click.command(
    "resume",
    help=N_(
        "Say how lr and momentum jump where a run of OLD is resumed with NEW (by default the same file).\n\n"
        "The other options describe the run that wrote the checkpoint. Exits with 2 for a file that cannot be "
        "read."
    ),
)
@click.argument("old", type=FILE)
@click.argument("new", type=FILE, required=False)
@plan_options(samples_required=True)
@click.option("--checkpoint", "pth", type=FILE, help=N_("A local .pth; loaded as weights only, no code in it is run."))
@click.option("--epoch", type=click.IntRange(min=0), help=N_("Completed epochs, in place of a checkpoint file."))
@click.option("--it", type=click.IntRange(min=0), help=N_("Completed iterations, in place of a checkpoint file."))
@click.option("--new-epochs", type=click.IntRange(min=0), help=N_("--epochs of the resumed run; else as before."))
@click.option("--new-gpus", type=click.IntRange(min=1), help=N_("GPUs of the resumed run; else as before."))
@click.option(
    "--new-batch-size", type=click.IntRange(min=1), help=N_("Total batch of the resumed run; else as before.")
)
def command(old: Path, new: Path | None, pth: Path | None, epoch: int | None, it: int | None, **values: object) -> None:
    """Say how lr and momentum jump where a run of OLD is resumed with NEW (by default the same file)."""
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
        raise click.UsageError(_("give either --checkpoint, or both --epoch and --it"))
    if pth is None:
        return Checkpoint(epoch or 0, it or 0)
    try:
        return read_checkpoint(pth)
    except CheckpointError as error:
        raise click.UsageError(str(error)) from error


def _lines(found: Resume) -> list[str]:
    at = found.seam
    lines = [_("checkpoint: epoch {epoch}, iteration {iteration}", epoch=at.epoch, iteration=at.iteration)]
    if at.lr_before is None or at.lr_after is None:
        return [*lines, _("nothing is left to run, or there is no curve")]
    for name, before, after, factor in (
        ("lr", at.lr_before, at.lr_after, at.lr_factor),
        ("momentum", at.momentum_before, at.momentum_after, at.momentum_factor),
    ):
        lines.append(f"{name}: {before:.6g} -> {after:.6g}" + ("" if factor is None else f" (x {factor:.4g})"))
    short = _("first resumed epoch: {n} iterations, others {whole}", n=found.first_epoch, whole=found.whole_epoch)
    lines.append(short if found.short else _("first resumed epoch: whole"))
    return [*lines, found.winner, *(headed(way.title, way.text) for way in found.ways)]
