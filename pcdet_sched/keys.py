"""The one table of OPTIMIZATION keys: what each means, what it may hold and which optimizer reads it.

The form, the help, the check, the reference page and `docs/keys.md` are all made from `KEYS`. To add a key,
add one `Key` to it. Who reads what is taken from OpenPCDet's `tools/train_utils/optimization/__init__.py`,
`tools/train_utils/train_utils.py` and `tools/train.py` (master at 8cacccec; `classic` tags up to v0.5.2).

>>> KEYS["LR"].group, KEYS["LR"].kind
('Optimizer', 'float')
>>> use_of("MOMENTUM", "adam_onecycle", {})
<Use.UNREAD: '-'>
"""

from __future__ import annotations

from collections.abc import Mapping

from pcdet_sched.key import Key
from pcdet_sched.language import N_, _
from pcdet_sched.trainer_records import MASTER, Trainer, Use, find_optimizer

GROUPS = (N_("Run"), N_("Optimizer"), N_("Schedule"), N_("Step decay and warm-up"), N_("Precision and clipping"))
OPTIMIZERS = tuple(optimizer.name for optimizer in MASTER.optimizers)
LOSS_SCALE = 65536.0
"""What the loss scale begins with where LOSS_SCALE_FP16 is absent."""
GROWTH_INTERVAL = 2000
"""Good steps in a row after which torch's GradScaler doubles it."""

_TABLE = (
    Key(
        "BATCH_SIZE_PER_GPU", "Run", "int",
        N_("Samples that each GPU takes per iteration."),
        "config", 4, unit=N_("samples per GPU"), minimum=1,
        traps=(
            N_("The command line's --batch_size is the total over all GPUs and overrides this key."),
            N_("torch refuses anything but a positive whole number; a bool is refused too."),
        ),
    ),
    Key(
        "NUM_EPOCHS", "Run", "int",
        N_("How often the training set is gone through; the schedule is stretched over it."),
        "config", 80, unit=N_("epochs"), minimum=1,
        traps=(
            N_("--epochs overrides it."),
            N_("Changed before a resume, the rebuilt schedule moves under the run: lr can jump a hundredfold."),
        ),
    ),
    Key(
        "OPTIMIZER", "Optimizer", "choice",
        N_("Optimizer and schedule in one word: adam_onecycle and adam_cosineanneal wrap Adam and drive lr "
        "and momentum at every iteration; adam and sgd lower lr in steps."),
        "build_optimizer", "adam_onecycle", choices=OPTIMIZERS,
        traps=(
            N_("adam and sgd stop at iteration 0 on master: its loop gives the scheduler an argument too many."),
            N_("adam_cosineanneal is unknown to classic (v0.5.2 and older, and most forks)."),
        ),
    ),
    Key(
        "LR", "Optimizer", "float",
        N_("The learning rate at its highest: the peak of one-cycle, the plateau after warm-up for the others."),
        "build_scheduler", 0.003, minimum=0, maximum=1, open_minimum=True,
        traps=(
            N_("It is not scaled with GPUs or batch size: that is up to you."),
            N_("1e-3 is a string to the trainer's YAML reader; write 0.001 or 1.0e-3."),
            N_("After a resume with adam or sgd the checkpoint's own LR wins."),
        ),
    ),
    Key(
        "WEIGHT_DECAY", "Optimizer", "float",
        N_("How strongly weights shrink. adam_onecycle and adam_cosineanneal multiply every weight, BatchNorm "
        "and biases included, by 1 − lr·WEIGHT_DECAY per step; adam and sgd add it to the gradient (L2)."),
        "build_optimizer", 0.01, minimum=0, maximum=1,
        traps=(N_("The same number means different things: 0.01 is mild decoupled, strong as L2 inside Adam."),),
    ),
    Key(
        "MOMENTUM", "Optimizer", "float",
        N_("Momentum of SGD, constant over the run."),
        "build_optimizer", 0.9, minimum=0, maximum=1, open_maximum=True, share=True,
        traps=(N_("The one-cycle momentum is MOMS, not this key."),),
    ),
    Key(
        "BETAS", "Optimizer", "float list",
        N_("Adam's two averaging factors. Only the second one, for squared gradients, has an effect."),
        "build_optimizer", [0.9, 0.99], length=2, minimum=0, maximum=1, open_maximum=True, share=True,
        optional=True,
        traps=(
            N_("The first value is overwritten by MOMS before the first step."),
            N_("Only master reads it: classic and the forks made from it use (0.9, 0.99) whatever stands here."),
            N_("Without this key the second beta is 0.99, not torch's 0.999."),
        ),
    ),
    Key(
        "MOMS", "Schedule", "float list",
        N_("Momentum (Adam's first beta) at the ends of the run and at the peak of lr: high, then low."),
        "build_scheduler", [0.95, 0.85], length=2, minimum=0, maximum=1, open_maximum=True, share=True,
        traps=(N_("Exactly two numbers; the higher one first."),),
    ),
    Key(
        "PCT_START", "Schedule", "float",
        N_("The part of all iterations over which lr rises to its peak; momentum reverses at the same place."),
        "build_scheduler", 0.4, unit=N_("part of the run"), minimum=0, maximum=1, open_minimum=True,
        open_maximum=True, share=True,
        traps=(
            N_("0 or less stops the trainer with an AssertionError that has no message."),
            N_("1 or more runs, and the peak is never reached."),
            N_("A short run where PCT_START × iterations is below 1 divides by zero."),
        ),
    ),
    Key(
        "DIV_FACTOR", "Schedule", "float",
        N_("One-cycle starts at LR / DIV_FACTOR and ends at LR / DIV_FACTOR / 10,000. With LR_WARMUP the "
        "warm-up starts there as well."),
        "build_scheduler", 10, minimum=1,
        traps=(
            N_("Below 1 the run starts above LR."),
            N_("adam_cosineanneal starts at LR / 3 whatever stands here."),
        ),
    ),
    Key(
        "WARMUP_ITER", "Schedule", "int",
        N_("Iterations of the straight warm-up from about LR / 3 to LR."),
        "build_scheduler", 500, unit=N_("iterations"), minimum=0,
        traps=(
            N_("Counted in iterations, not epochs."),
            N_("If it ends in a later epoch, lr jumps down to the cosine."),
        ),
    ),
    Key(
        "DECAY_STEP_LIST", "Step decay and warm-up", "int list",
        N_("After each of these epochs lr is multiplied by LR_DECAY."),
        "build_scheduler", [35, 45], unit=N_("epochs"), minimum=1,
        traps=(
            N_("Must be there and be a list of numbers for every optimizer, even where it has no effect."),
            N_("Entries beyond NUM_EPOCHS are never reached."),
        ),
    ),
    Key(
        "LR_DECAY", "Step decay and warm-up", "float",
        N_("The factor that lr is multiplied by at each entry of DECAY_STEP_LIST."),
        "build_scheduler", 0.1, minimum=0, maximum=1, open_minimum=True, share=True,
        traps=(N_("One-cycle does not read it: there is no lower bound to set in the YAML."),),
    ),
    Key(
        "LR_CLIP", "Step decay and warm-up", "float",
        N_("The floor under the decayed lr."),
        "build_scheduler", 1e-07, minimum=0,
        traps=(
            N_("1e-07, as the trainer's log prints it, is a string to its YAML reader; write 1.0e-07."),
            N_("Above LR it raises lr instead of bounding it."),
        ),
    ),
    Key(
        "LR_WARMUP", "Step decay and warm-up", "bool",
        N_("A cosine warm-up from LR / DIV_FACTOR over WARMUP_EPOCH epochs, before the steps."),
        "build_scheduler", False,
        traps=(N_("True stops both releases with a TypeError while the scheduler is built."),),
    ),
    Key(
        "WARMUP_EPOCH", "Step decay and warm-up", "int",
        N_("Length of that warm-up."),
        "build_scheduler", 1, unit=N_("epochs"), minimum=0,
        traps=(N_("Only with LR_WARMUP: true. One-cycle's warm-up is PCT_START."),),
    ),
    Key(
        "GRAD_NORM_CLIP", "Precision and clipping", "float",
        N_("Gradients are scaled down so that their 2-norm over all parameters is at most this."),
        "train", 10, minimum=0, open_minimum=True,
        traps=(
            N_("0 turns every gradient to 0; a negative value reverses every gradient."),
            N_("Without AMP an infinite gradient becomes nan here and goes into the weights."),
        ),
    ),
    Key(
        "LOSS_SCALE_FP16", "Precision and clipping", "float",
        N_("The loss scale that mixed precision starts every epoch with."),
        "train", LOSS_SCALE, minimum=1, optional=True,
        traps=(
            N_("The scaler is built anew in each epoch: below 2,000 iterations per epoch it never grows."),
            N_("Too high, and the first iterations of every epoch are skipped again."),
        ),
    ),
    Key(
        "USE_AMP", "Precision and clipping", "bool",
        N_("Mixed precision, as with --use_amp on the command line."),
        "config", False, optional=True,
        traps=(N_("Unknown to releases before 2022-11-23."), N_("The text True in quotes is not True.")),
    ),
)  # fmt: skip

KEYS: dict[str, Key] = {key.name: key for key in _TABLE}
"""Every key by name, in display order."""


def use_of(
    key: str, optimizer: object, optimization: Mapping[str, object], use_amp: bool = False, trainer: Trainer = MASTER
) -> Use:
    """What becomes of `key` in this block: `Use.USED` where it has an effect, else why it has none.

    WARMUP means "would be read with LR_WARMUP", AMP "would be used with AMP"; where those are on, the answer
    is USED. An optimizer that the trainer does not know leaves every key USED, for a fork may read it.

    >>> use_of("WARMUP_EPOCH", "sgd", {"LR_WARMUP": False})
    <Use.WARMUP: 'w'>
    >>> use_of("WARMUP_EPOCH", "sgd", {"LR_WARMUP": True})
    <Use.USED: 'r'>
    """
    if not isinstance(optimizer, str) or not (key in KEYS or key in trainer.own_keys):
        return Use.USED
    use = trainer.use(key, {**optimization, "OPTIMIZER": optimizer})
    if use is Use.WARMUP and optimization.get("LR_WARMUP"):
        return Use.USED
    if use is Use.AMP and (use_amp or optimization.get("USE_AMP")):
        return Use.USED
    return use


def why_dimmed(
    key: str, optimizer: object, optimization: Mapping[str, object], use_amp: bool = False, trainer: Trainer = MASTER
) -> str:
    """One sentence why `key` has no effect in this block; empty where it has one.

    >>> why_dimmed("MOMENTUM", "adam_onecycle", {})
    'adam_onecycle never reads it.'
    """
    match use_of(key, optimizer, optimization, use_amp, trainer):
        case Use.USED:
            return ""
        case Use.REQUIRED:
            return _("{optimizer} needs it to be valid but does nothing with it.", optimizer=optimizer)
        case Use.WARMUP:
            return _("Read only with LR_WARMUP: True.")
        case Use.AMP:
            return _("Used only with mixed precision (USE_AMP or --use_amp).")
        case Use.UNREAD if trainer is MASTER:
            return _("{optimizer} never reads it.", optimizer=optimizer)
        case Use.UNREAD:
            return _("{optimizer} of {trainer} never reads it.", optimizer=optimizer, trainer=trainer.name)


# Values that the curves do not depend on; one that is broken must not hide them.
_NO_PART = {"WEIGHT_DECAY": 0.0, "GRAD_NORM_CLIP": 10, "BETAS": [0.9, 0.99], "USE_AMP": False}


def block_as_meant(block: Mapping[str, object]) -> dict[str, object]:
    """The block with what its texts read as, and with the keys that no curve depends on set aside.

    >>> meant = block_as_meant({"LR": "0,003", "NUM_EPOCHS": "80.0", "WEIGHT_DECAY": "abc"})
    >>> meant["LR"], meant["NUM_EPOCHS"]
    (0.003, 80)
    """
    meant = {**block, **{name: _as_meant(name, value) for name, value in block.items()}, **_NO_PART}
    optimizer = find_optimizer(str(block.get("OPTIMIZER")))
    if optimizer is not None and optimizer.wrapped:
        meant["DECAY_STEP_LIST"] = []  # must be valid, and has no effect
    else:
        meant.setdefault("LR_WARMUP", False)
    return meant


def _as_meant(name: str, value: object) -> object:
    """The value, or what it reads as where it is text, or a fraction where the trainer counts."""
    key = KEYS.get(name)
    items = value if isinstance(value, list) else [value]
    counts = name in ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS")  # the trainer takes no fraction for them
    if key is None or not (any(isinstance(item, str) for item in items) or (counts and isinstance(value, float))):
        return value
    read = key.as_meant(value)
    return value if read is None else read
