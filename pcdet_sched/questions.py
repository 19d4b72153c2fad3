"""What OpenPCDet's users ask most, each answered in three sentences and by a state of the app that shows the answer.

The Questions page and `docs/questions.md` (written by `scripts/docs_questions.py`) are both made from `QUESTIONS`. The
app opens a question's state at the address `?q=` and its name. `threads` are numbers of threads of
open-mmlab/OpenPCDet in which it is asked.

>>> QUESTIONS["fewer-gpus"].shared().current.plan.gpus
2
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcdet_sched.datasets import DATASETS
from pcdet_sched.language import N_
from pcdet_sched.plan import RunPlan
from pcdet_sched.zoo import shipped

if TYPE_CHECKING:
    from pcdet_sched.share.link import Shared

PARAMETER = "q"
THREADS = "https://github.com/open-mmlab/OpenPCDet/issues/"
_KITTI = DATASETS["KITTI train"].samples or 0

_PLAN = RunPlan(samples=_KITTI)


@dataclass(frozen=True)
class Question:
    """One question. `sees` are texts that stand on the screen of its state, in English.

    The state is a shipped model with `edits` and a `plan`; `view` holds what is open on Tune: names and values of its
    fields.
    """

    name: str
    asked: str
    answer: str
    sees: tuple[str, ...]
    threads: tuple[int, ...] = ()
    model: tuple[str, str] = ("KITTI", "pointpillar")
    edits: Mapping[str, object] = field(default_factory=dict)
    plan: RunPlan = _PLAN
    view: Mapping[str, object] = field(default_factory=dict)

    def shared(self) -> Shared:
        """What is on Tune in this state."""
        from pcdet_sched.share.link import Pin, Shared

        entry = shipped(*self.model)
        pin = Pin(f"{entry.model}.yaml", dict(entry.optimization), self.plan, dict(self.edits))
        return Shared(pin, entry.dataset)


_FINDINGS = {"details": "Findings"}


def _what_if(part: str, **fields: object) -> dict[str, object]:
    return {"details": "What if", "what-if": part, **fields}


_TABLE = (
    Question(
        "fewer-gpus",
        N_("The config was made for 8 GPUs and I have 2. Must I change LR?"),
        N_("OpenPCDet changes nothing by itself: with 2 GPUs instead of 8, and the same BATCH_SIZE_PER_GPU, each "
           "step sees a quarter of the samples and the run takes four times as many steps at the same LR. People "
           "then divide LR by 4 (the linear rule, made for SGD) or by 2 (the square-root rule, which fits Adam "
           "better), or leave it. Take one of the three under What if and its curve and its YAML are yours."),
        ("32 → 8 samples per iteration", "9,280 → 37,120 iterations"),
        threads=(179, 336), plan=RunPlan(samples=_KITTI, gpus=2), view=_what_if("hardware"),
    ),
    Question(
        "batch-size",
        N_("My GPU is larger (or smaller): what happens when I change BATCH_SIZE_PER_GPU?"),
        N_("Iterations per epoch change with it, and the whole schedule with them, since it is laid over iterations;"
           " LR stays what the YAML says. From 4 to 32 on one GPU, KITTI's 928 iterations per epoch become 116, and "
           "LR is worth a second thought: times 8 by the linear rule, times 2.83 by the square-root rule. "
           "--batch_size on the command line is the total over all GPUs and replaces the key."),
        ("4 → 32 samples per iteration", "74,240 → 9,280 iterations"),
        threads=(1458, 1123), view=_what_if("hardware", **{"hardware-0": 1, "hardware-3": 32}),
    ),
    Question(
        "iterations",
        N_("How many iterations does my run have, and why is it that number?"),
        N_("Per epoch it is the samples, divided by the GPUs and rounded up, divided by BATCH_SIZE_PER_GPU and "
           "rounded up again; times NUM_EPOCHS it is the run. KITTI's 3,712 samples on 8 GPUs with 4 each are 116 "
           "per epoch and 9,280 in 80 epochs. What counts as a sample is up to the data set: nuScenes with "
           "BALANCED_RESAMPLING has 123,580 of them, not the 28,130 of its key frames."),
        ("9,280", "116 per epoch"),
        threads=(1592, 199), plan=RunPlan(samples=_KITTI, gpus=8),
    ),
    Question(
        "lr-after-resume",
        N_("After a resume lr starts over or jumps, and accuracy drops. Why?"),
        N_("A checkpoint holds the epoch and the iteration, not the curve: the schedule is built anew from the YAML "
           "as it is now and goes on at that iteration. With the same epochs, GPUs and batch size nothing jumps; "
           "with 120 epochs instead of 80, a run that was nearly annealed finds itself near the peak again. What if "
           "says by which factor, and which number of epochs makes the jump smallest."),
        ("lr jumps by a factor of",),
        threads=(586, 1317), plan=RunPlan(samples=_KITTI, gpus=8), edits={"NUM_EPOCHS": 120},
        view=_what_if("resume", **{"resume-epoch": 78}),
    ),
    Question(
        "lr-in-tensorboard",
        N_("I set LR to 0.0025, and TensorBoard and the log begin with 0.00025. Is that right?"),
        N_("Yes: with adam_onecycle LR is the peak, and the run starts at LR / DIV_FACTOR, a tenth of it here, and "
           "ends at a ten-thousandth of that. TensorBoard also holds two values for each step, since lr is written "
           "once more after the counter has moved; the later one is that step's. The text log's Acc_iter counts from"
           " 1."),
        ("lr at start", "0.00025", "lr at peak", "0.0025"),
        threads=(497, 463), model=("KITTI", "pv_rcnn"), edits={"LR": 0.0025},
    ),
    Question(
        "what-is-onecycle",
        N_("What does adam_onecycle do, where is its lower bound, and why is 3e-3 hard-coded?"),
        N_("lr rises along a cosine from LR / DIV_FACTOR to LR over the first PCT_START of the run and falls to LR /"
           " DIV_FACTOR / 10,000 over the rest, while momentum goes from the first of MOMS to the second and back. "
           "The 3e-3 in build_optimizer is overwritten before the first step. PyTorch's AdamW with OneCycleLR comes "
           "close, not equal: What if writes it as code and says how far off it is."),
        ("OneCycleLR",),
        threads=(207, 248, 643, 817, 1635), view=_what_if("code"),
    ),
    Question(
        "decay-step-list",
        N_("I changed DECAY_STEP_LIST and LR_DECAY and the curve stays the same. Why?"),
        N_("adam_onecycle and adam_cosineanneal do not step lr down: LR_DECAY and LR_CLIP are never read, and "
           "DECAY_STEP_LIST must be there and be a list of numbers, yet nothing comes of it. Only adam and sgd take "
           "steps, and those train on classic (v0.5.2) and not on master. To end lower with one-cycle raise "
           "DIV_FACTOR; to fall earlier lower PCT_START."),
        ("does nothing with it", "does not read", "LR_DECAY"),
        threads=(108, 207, 527), edits={"DECAY_STEP_LIST": [20, 40], "LR_DECAY": 0.5}, view=_FINDINGS,
    ),
    Question(
        "warm-up",
        N_("I set LR_WARMUP and WARMUP_EPOCH and see no warm-up. Why?"),
        N_("adam_onecycle never reads them: its own rise is the warm-up, PCT_START of the run long, from LR / "
           "DIV_FACTOR. adam_cosineanneal warms up for WARMUP_ITER iterations. For adam and sgd, LR_WARMUP: True "
           "stops the trainer with \"object of type 'int' has no len()\", on both of OpenPCDet's lines."),
        ("does not read", "LR_WARMUP"),
        edits={"LR_WARMUP": True, "WARMUP_EPOCH": 5}, view=_FINDINGS,
    ),
    Question(
        "step-takes-2-arguments",
        N_("OPTIMIZER: adam (or sgd) ends with \"step() takes from 1 to 2 positional arguments but 3 were given\"."),
        N_("master gives the scheduler the iteration and the epoch, and torch's own scheduler, which adam and sgd "
           "use, takes one argument: they stop at iteration 0, whatever else the YAML says. Write adam_onecycle, or "
           "train on a release before 2023-05-08 (v0.5.2). An LR that suits adam_onecycle at its peak is high for "
           "plain adam, which starts there."),
        ("Stops at iteration 0", "TypeError", "cannot train on master"),
        threads=(527, 817), edits={"OPTIMIZER": "adam"},
    ),
    Question(
        "numpy-float64",
        N_("The first iteration ends with \"can't multiply sequence by non-int of type 'numpy.float64'\"."),
        N_("A value is text where a number is needed: PyYAML reads 1e-2 as a string, since a float needs a dot and a"
           " signed exponent for it. With this message it is WEIGHT_DECAY; LR and DIV_FACTOR give other TypeErrors, "
           "earlier. Write 0.01 or 1.0e-2 and no quotes."),
        ("WEIGHT_DECAY: 1e-2", "Stops at iteration 0", "numpy.float64"),
        edits={"WEIGHT_DECAY": "1e-2"},
    ),
    Question(
        "nan-with-amp",
        N_("With --use_amp the loss becomes NaN or steps are skipped. Where do I look?"),
        N_("A step whose scaled gradients overflow is skipped and the loss scale halved, and OpenPCDet builds the "
           "scaler anew in every epoch, so each one begins again at LOSS_SCALE_FP16. A few skipped steps at an "
           "epoch's start are that; a loss that is NaN already is not, since no scale mends it: look for what "
           "overflows in half precision in the forward pass. Benchmark shows norms, clipping and skipped steps of a "
           "toy detector under your values."),
        ("builds the scaler anew in every epoch",),
        threads=(1183, 1437), plan=RunPlan(samples=_KITTI, use_amp=True), view=_what_if("precision"),
    ),
    Question(
        "nan-high-lr",
        N_("The loss becomes NaN in the first epochs. Is my LR too high?"),
        N_("Compare it with what is known to train: What if lays your block beside the nearest shipped model and "
           "says which of your values lie outside of all of them and of public forks. GRAD_NORM_CLIP bounds a step "
           "that is large; it does not help against one that is infinite: without AMP, clipping multiplies infinity "
           "by 0, which is NaN, and it goes into the weights in that same step. A smaller LR, a longer rise "
           "(PCT_START) or a larger DIV_FACTOR are what to try first."),
        ("lies outside everything seen",),
        threads=(1005,), edits={"LR": 0.3}, view=_what_if("nearest"),
    ),
    Question(
        "loss-scale",
        N_("Is LOSS_SCALE_FP16 too large, and does it ever grow?"),
        N_("It doubles after 2,000 good steps in a row and is built anew in every epoch, so with fewer iterations "
           "per epoch than that it never grows beyond LOSS_SCALE_FP16. One that is too large costs a few skipped "
           "steps, not once but at the start of every epoch, while the schedule moves on. Take the largest power of "
           "two that skips none."),
        ("never grows beyond", "1.04858e+06"),
        threads=(1183,), edits={"LOSS_SCALE_FP16": 1048576, "USE_AMP": True}, view=_FINDINGS,
    ),
    Question(
        "merge-flag",
        N_("What does --merge_all_iters_to_one_epoch do?"),
        N_("It makes one long epoch of all, meant for machines that hang between epochs. Epochs are counted twice "
           "then: the schedule is built for 80 times as many iterations as the loop runs, so with 80 epochs training"
           " ends after 1.25% of its curve, still in the warm-up. Leave it out unless you know that you need it."),
        ("1.25%", "leave the flag out"),
        threads=(1048, 137), plan=RunPlan(samples=_KITTI, merge_all_iters_to_one_epoch=True),
    ),
)  # fmt: skip

QUESTIONS: dict[str, Question] = {question.name: question for question in _TABLE}
"""Every question by its name, in the order of the page."""
