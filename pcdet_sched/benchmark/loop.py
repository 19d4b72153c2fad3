"""The trainer's loop on the toy detector: its order, its optimizers, its schedules, its quirks.

Source: `tools/train_utils/train_utils.py` of OpenPCDet, `train_one_epoch` and `train_model`.
"""

from __future__ import annotations

import resource
import warnings
from collections.abc import Callable
from typing import Any

import torch
from easydict import EasyDict
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from pcdet_sched.benchmark.detector import Detector
from pcdet_sched.benchmark.recorder import Recorder
from pcdet_sched.benchmark.result import BenchmarkRun, Readings, ignore, summarise
from pcdet_sched.benchmark.scenes import Scenes
from pcdet_sched.benchmark.variant import BenchmarkError, Description, compressed_block, reason
from pcdet_sched.benchmark.watch import Probe
from pcdet_sched.language import _
from pcdet_sched.trainer.build import build_scheduler
from pcdet_sched.trainer.optimizers import WrappedAdam, build_optimizer
from pcdet_sched.trainer.schedules import set_iteration
from pcdet_sched.trainer_records import builder
from pcdet_sched.trainer_records.auto import resolve

CHUNK = 10
"""Iterations between two fetches of the readings."""
_HALVES = {"fp16": torch.float16, "bf16": torch.bfloat16}


class Training:
    """A run that can be stepped: detector, optimizer, schedule, scaler and scenes on one device.

    The optimizer and the schedule are what the block's author meant: where the trainer itself would stop for a fault
    of its own (the cosine warm-up; `adam` and `sgd` under master) this goes on. Raises BenchmarkError where they
    cannot be built, and for a device that is not there.
    """

    def __init__(self, description: Description) -> None:
        self.description = description
        self.device = usable_device(description.device)
        self.model = seeded_detector(description.variant.seed, self.device)
        self.probe = Probe(self.model)
        self.scenes = Scenes(description.variant.seed, self.device)
        self._one = torch.ones((), device=self.device)
        self._block = EasyDict(compressed_block(description))
        resolved = resolve(description.variant.trainer, self._block)
        if resolved.trainer is None:
            raise BenchmarkError(resolved.sentence)
        self.trainer = builder(resolved.trainer, self._block)
        self._build()

    def _build(self) -> None:
        description = self.description
        length = description.iterations_per_epoch
        try:
            self.optimizer: Any = build_optimizer(self.model, self._block, self.trainer)
            built = build_scheduler(
                self.optimizer, length, description.epochs, self._block, as_meant=True, trainer=self.trainer
            )
        except Exception as error:
            raise BenchmarkError(_("this block cannot be trained with: {why}", why=reason(error))) from error
        self.schedule, self.warmup = built
        self.scaler = self._new_scaler()

    def _new_scaler(self) -> torch.amp.GradScaler:
        variant = self.description.variant
        return torch.amp.GradScaler(
            self.device.type,
            init_scale=variant.loss_scale,
            growth_interval=variant.growth_interval,
            enabled=variant.precision == "fp16",
        )

    def step(self, iteration: int, recorder: Recorder) -> None:
        """Train one iteration, counted from 0 over the whole run."""
        variant = self.description.variant
        epoch, within = divmod(iteration, self.description.iterations_per_epoch)
        if within == 0 and not variant.keep_scaler:
            self.scaler = self._new_scaler()
        batch = self.scenes.batch(iteration, variant.damage_at(iteration))
        if variant.precision == "fp16" and iteration % self.description.probe_every == 0:
            self.probe.arm(batch)
        recorder.begin(iteration, self.scaler.scale(self._one))
        if self.trainer.order == "before":
            self._set_lr(iteration, epoch)
        recorder.lr_set(*self.lr_and_momentum())
        self.optimizer.zero_grad()
        with self._autocast():
            loss = self.model(batch)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        recorder.backward_done(batch.points, loss, self.probe.share())
        recorder.clipped(self._clip(), variant.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.trainer.order == "after":
            self._set_lr(iteration, epoch)
        recorder.end(self.scaler.scale(self._one))

    def _set_lr(self, iteration: int, epoch: int) -> None:
        warmup = self.warmup
        warming = warmup is not None and epoch < self._block.WARMUP_EPOCH
        with warnings.catch_warnings():
            # The trainer steps the schedule before the optimizer; torch's own schedules warn of that.
            warnings.filterwarnings("ignore", "Detected call of", UserWarning)
            set_iteration(warmup if warmup is not None and warming else self.schedule, iteration, epoch)

    def lr_and_momentum(self) -> tuple[float, float]:
        """What the next step uses; momentum is the first beta of Adam."""
        if isinstance(self.optimizer, WrappedAdam):
            return float(self.optimizer.lr), float(self.optimizer.mom)
        group = self.optimizer.param_groups[0]
        return float(group["lr"]), float(group["betas"][0] if "betas" in group else group["momentum"])

    def _autocast(self) -> torch.autocast:
        half = _HALVES.get(self.description.variant.precision)
        return torch.autocast(self.device.type, dtype=half or torch.bfloat16, enabled=half is not None)

    def _clip(self) -> Tensor:
        """Clip to the variant's norm; the norm before, a device scalar."""
        clip = self.description.variant.clip
        if clip is not None:
            norm: Tensor = clip_grad_norm_(self.model.parameters(), clip)
            return norm
        # Not a limit of inf: clipping would multiply with inf / inf where the norm is infinite.
        norms: list[Tensor] = [torch.linalg.vector_norm(p.grad) for p in self.model.parameters() if p.grad is not None]
        whole: Tensor = torch.linalg.vector_norm(torch.stack(norms))
        return whole


def run_variant(
    description: Description,
    on_chunk: Callable[[Readings], None] = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> BenchmarkRun:
    """Train the toy detector as described, and measure it.

    `on_chunk` gets the readings of every ten iterations as they come. `stop` is asked before each iteration; what was
    measured until then is kept. The same description on the same device and number of threads gives the same numbers,
    times and memory aside. Raises BenchmarkError.

    >>> from pcdet_sched.benchmark.variant import Variant
    >>> block = {"OPTIMIZER": "adam_onecycle", "NUM_EPOCHS": 80, "LR": 0.003, "WEIGHT_DECAY": 0.01, "PCT_START": 0.4,
    ...          "MOMS": [0.95, 0.85], "DIV_FACTOR": 10, "DECAY_STEP_LIST": [35, 45]}
    >>> run = run_variant(Description(Variant.from_block(block), iterations=4, epochs=1))
    >>> run.readings.iteration, run.stopped
    ((0, 1, 2, 3), False)
    """
    training = Training(description)
    recorder = Recorder(training.model, training.device)
    if training.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(training.device)
    readings = Readings()
    done = 0
    while done < description.iterations and not stop():
        training.step(done, recorder)
        done += 1
        if done % CHUNK == 0 or done == description.iterations:
            chunk = recorder.fetch()
            readings += chunk
            on_chunk(chunk)
    readings += recorder.fetch()
    memory = peak_memory(training.device)
    return BenchmarkRun(
        description,
        device=device_name(training.device),
        torch_version=str(torch.__version__),  # torch's own type of text would make whoever unpickles it import torch
        readings=readings,
        summary=summarise(readings, recorder.anomaly, memory),
        stopped=done < description.iterations,
    )


def seeded_detector(seed: int, device: torch.device) -> Detector:
    """The detector with the first weights of a seed, the same on every device. Torch's own random state is kept."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Detector().to(device)


def usable_device(name: str) -> torch.device:
    """The torch device of a name. Raises BenchmarkError where this machine has none.

    >>> usable_device("cpu")
    device(type='cpu')
    """
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        words = _("device {name} is not there; this machine has {n} CUDA devices")
        raise BenchmarkError(words.format(name=name, n=torch.cuda.device_count()))
    return device


def device_name(device: torch.device) -> str:
    """What ran it: "cpu", or the name of the GPU."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def peak_memory(device: torch.device) -> int:
    """Bytes: see `BenchmarkSummary`."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
