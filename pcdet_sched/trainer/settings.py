"""Stages config and dataloader: what the script reads first, and how many iterations come out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.utils.data import BatchSampler, DataLoader, Dataset, DistributedSampler

from pcdet_sched.trainer.arithmetic import Block, Value, times

if TYPE_CHECKING:
    from pcdet_sched.plan import RunPlan


@dataclass(frozen=True)
class Settings:
    """What the script takes from the block and the command line, unchecked: any value may be of any type.

    `batch_size` is per GPU.
    """

    batch_size: Value
    epochs: Value
    use_amp: Value


def read_settings(block: Block, plan: RunPlan) -> Settings:
    """Read the keys of the block that `tools/train.py` reads before it builds anything, in its order.

    Raises AttributeError for an absent key that the command line does not replace, AssertionError where the total
    batch size does not divide over the GPUs. Source: `tools/train.py`, both releases.
    """
    use_amp = plan.use_amp or block.get("USE_AMP", False)
    if plan.batch_size is None:
        batch_size = block.BATCH_SIZE_PER_GPU
    elif plan.batch_size % plan.gpus:
        raise AssertionError(f"--batch_size {plan.batch_size} does not divide evenly over {plan.gpus} GPUs")
    else:
        batch_size = plan.batch_size // plan.gpus
    epochs = block.NUM_EPOCHS if plan.epochs is None else plan.epochs
    return Settings(batch_size, epochs, use_amp)


class _Samples(Dataset[int]):
    """So many samples. Their number may be anything: `len` refuses what is no count."""

    def __init__(self, count: Value) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count  # type: ignore[no-any-return]

    def __getitem__(self, index: int) -> int:
        return index


def loader_length(settings: Settings, plan: RunPlan) -> int:
    """Iterations that torch's DataLoader gives per pass: ceil(ceil(samples / gpus) / batch size per GPU).

    With the merge flag the data set counts its samples times the epochs. Raises what torch raises for a batch size
    that is not a positive whole number (ValueError; None means no batching), and TypeError for a number of samples
    that is none. Source: `pcdet/datasets/__init__.py` and `dataset.py`, both releases.
    """
    if plan.samples is None:
        return _given_length(settings, plan)
    count = times(plan.samples, settings.epochs) if plan.merge_all_iters_to_one_epoch else plan.samples
    dataset = _Samples(count)
    sampler: DistributedSampler[int] | None = None
    if plan.gpus > 1:
        sampler = DistributedSampler(dataset, plan.gpus, rank=0)
    loader = DataLoader(
        dataset, batch_size=settings.batch_size, shuffle=sampler is None, sampler=sampler, drop_last=False
    )
    return len(loader)


def _given_length(settings: Settings, plan: RunPlan) -> int:
    DataLoader(_Samples(1), batch_size=settings.batch_size)  # torch judges the batch size all the same
    if plan.iters_per_epoch is None:
        raise ValueError("a plan needs samples or iters_per_epoch")
    if plan.merge_all_iters_to_one_epoch:
        return len(_Samples(times(plan.iters_per_epoch, settings.epochs)))
    return plan.iters_per_epoch


def first_batch(batch_size: Value) -> None:
    """Draw a batch as the loader does, from a single sample. Raises ValueError for a size no iterator can count to."""
    if batch_size is not None:
        next(iter(BatchSampler(range(1), batch_size, drop_last=False)))
