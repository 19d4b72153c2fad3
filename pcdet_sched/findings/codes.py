"""The one list of what a check can find: code, severity, title and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Code:
    """A kind of finding. `title` says it in a few words, `explanation` what the trainer does and what helps."""

    name: str
    severity: Severity
    title: str
    explanation: str


_TABLE = (
    Code(
        "unreadable-file", "error", "The file cannot be read",
        "It is not there, is no YAML that PyYAML takes, or has no OPTIMIZATION block. Only the command line reports "
        "this; in Python, load raises ConfigError.",
    ),
    Code(
        "missing-key", "error", "A key that the trainer reads is not there",
        "Nothing is validated beforehand: an absent key is an AttributeError at the first stage that reads it, "
        "and a key that is never read is never missed. DECAY_STEP_LIST is read for every optimizer, even where it "
        "has no effect.",
    ),
    Code(
        "text-for-number", "error", "Text where a number is needed",
        "PyYAML reads YAML 1.1: a float needs a dot and a signed exponent, so 1e-3 and 1e-07 are text, and so is "
        "whatever is in quotes. The trainer computes with it and stops. Write 0.001 or 1.0e-07.",
    ),
    Code(
        "wrong-type", "error", "A value of a kind that the trainer cannot use",
        "An empty value, a list or a mapping where a number is needed, a number where a list is needed, a "
        "float where a whole number is needed, a value that is neither True nor False.",
    ),
    Code(
        "wrong-length", "error", "A list with too few or too many numbers",
        "MOMS and BETAS hold exactly two numbers. MOMS go to the schedule as they are, so a wrong count shows "
        "only when it is first evaluated.",
    ),
    Code(
        "refused-value", "error", "A number that the trainer or torch refuses",
        "PCT_START of 0 or less fails an assertion that has no message, DIV_FACTOR 0 divides by zero, a batch "
        "size must be a positive whole number, torch wants BETAS in [0, 1) and, for adam and sgd, nothing "
        "negative.",
    ),
    Code(
        "unknown-optimizer", "error", "An optimizer that this release does not know",
        "OpenPCDet builds adam, sgd, adam_onecycle and, since 2023-05-08, adam_cosineanneal; any other name is a "
        "NotImplementedError without a message. A fork may know more, such as adamW.",
    ),
    Code(
        "step-decay-on-master", "error", "adam and sgd cannot train on master",
        "Since 2023-05-08 the loop calls scheduler.step(iteration, epoch). The schedule of adam and sgd is "
        "torch's own, which takes one argument: TypeError at iteration 0. Older releases, and most forks, run "
        "them.",
    ),
    Code(
        "cosine-warm-up", "error", "LR_WARMUP: True stops every release",
        "For adam and sgd the trainer then builds a cosine warm-up and takes len() of the number of iterations, "
        "which is a TypeError on master and classic alike.",
    ),
    Code(
        "run-too-short", "error", "The warm-up has no iteration",
        "The rise takes int(PCT_START × iterations) iterations. Where that is 0, the phase is evaluated all the "
        "same and divides by zero at iteration 0. More epochs, more samples or a larger PCT_START help.",
    ),
    Code(
        "merge-no-iterations", "error", "The merge flag leaves no iteration per epoch",
        "With --merge_all_iters_to_one_epoch the loop runs the loader's length divided by the epochs, rounded "
        "down; at 0 the trainer stops with a ZeroDivisionError.",
    ),
    Code(
        "batch-size-not-divisible", "error", "--batch_size does not divide over the GPUs",
        "The command line's batch size is the total over all GPUs, and the trainer asserts that every GPU gets as "
        "much.",
    ),
    Code(
        "key-not-text", "error", "A key that is no text",
        "The trainer turns every mapping of the file into an attribute dictionary, and an attribute's name must "
        "be text. Keys such as 1, 0.5, null, on and off are none: write them in quotes.",
    ),
    Code(
        "trainer-stops", "error", "The trainer stops",
        "The dry run ends with an exception that no other code explains. The message names the stage and the "
        "exception as the trainer would print them.",
    ),
    Code(
        "text-value", "warning", "Text where a number is meant, and the trainer runs",
        "Some places take it (GRAD_NORM_CLIP goes through float()), others are not reached by this optimizer. It "
        "stops the run as soon as another optimizer or release reads it.",
    ),
    Code(
        "bool-value", "warning", "True or False where a number is meant",
        "YAML 1.1 reads yes, no, on and off as booleans, and Python computes with them as 1 and 0.",
    ),
    Code(
        "unusual-value", "warning", "A number outside of what makes sense",
        "The trainer checks no ranges: a MOMENTUM of 1 or more, an LR_DECAY above 1 or below 0 and an LR above 1 all "
        "run. The ranges are those of the keys above; only keys that have an effect are looked at.",
    ),
    Code(
        "number-misread", "warning", "A number that YAML reads as another one",
        "To YAML 1.1 a colon counts in sixties (1:30 is 90), underscores are nothing (1_0 is 10), and a number that "
        "begins with 0 is octal (010 is 8).",
    ),
    Code(
        "merge-flag", "warning", "--merge_all_iters_to_one_epoch ends the run early",
        "Epochs are counted twice: the schedule is built for iterations × epochs of the merged run, the loop runs "
        "only one epoch's share of it. With 80 epochs training ends after 1.25% of its schedule, still in the "
        "warm-up.",
    ),
    Code(
        "pct-start-too-high", "warning", "The peak lies at or beyond the end",
        "PCT_START is the part of the run over which lr rises. At 1 or more it rises to the very end and never "
        "anneals.",
    ),
    Code(
        "peak-never-reached", "warning", "lr never reaches LR",
        "The highest lr of the whole run stays below LR: the run ends before the rise does.",
    ),
    Code(
        "starts-above-peak", "warning", "lr starts above LR",
        "One-cycle starts at LR / DIV_FACTOR: with a DIV_FACTOR below 1 the warm-up goes down, not up.",
    ),
    Code(
        "moms-reversed", "warning", "MOMS the wrong way round",
        "Momentum goes from the first of MOMS at the ends of the run to the second at the peak of lr. One-cycle "
        "wants it high at the ends and low at the peak.",
    ),
    Code(
        "moms-out-of-range", "warning", "MOMS outside of [0, 1)",
        "MOMS drive Adam's first beta, and the wrapper sets it past torch's own check. At 1 or more the average "
        "never forgets.",
    ),
    Code(
        "decay-never-reached", "warning", "Every entry of DECAY_STEP_LIST lies beyond the run",
        "An entry takes effect at the start of the epoch of that number, counted from 0, so it must be below the "
        "number of epochs. Here none is, and lr stays where it is.",
    ),
    Code(
        "clip-above-lr", "warning", "LR_CLIP is above LR",
        "The factor on LR is never less than LR_CLIP / LR. Above 1 it raises lr, and no decay is ever seen.",
    ),
    Code(
        "warm-up-longer-than-run", "warning", "The warm-up is longer than the run",
        "WARMUP_ITER counts iterations. Where the run has no more of them, lr rises to the end and never anneals.",
    ),
    Code(
        "lr-jump", "warning", "lr jumps where the warm-up ends",
        "After the warm-up lr goes on where the schedule would be by then, not where the warm-up left it. A "
        "warm-up that ends within the first epoch, or before the first decay, has no jump.",
    ),
    Code(
        "grad-clip-zero", "warning", "GRAD_NORM_CLIP 0 makes every gradient 0",
        "Gradients are multiplied by GRAD_NORM_CLIP / norm: nothing is learned, only the weight decay acts.",
    ),
    Code(
        "grad-clip-negative", "warning", "A negative GRAD_NORM_CLIP turns every gradient round",
        "Gradients are multiplied by GRAD_NORM_CLIP / norm, which is negative: the loss is climbed.",
    ),
    Code(
        "grad-clip-nan", "warning", "GRAD_NORM_CLIP is not a number",
        "Gradients are multiplied by GRAD_NORM_CLIP / norm: with nan every weight is nan after the first step.",
    ),
    Code(
        "lr-not-finite", "warning", "lr becomes infinite or nan",
        "The schedule gives a value that is no finite number, and the weights are lost with the first such step.",
    ),
    Code(
        "lr-negative", "warning", "lr becomes negative",
        "The optimizer then climbs the loss.",
    ),
    Code(
        "lr-zero", "warning", "lr is 0 throughout",
        "Nothing is learned.",
    ),
    Code(
        "trains-nothing", "warning", "The run has no iteration",
        "The loop over the epochs is empty: the trainer ends at once.",
    ),
    Code(
        "weight-decay-negative", "warning", "A negative WEIGHT_DECAY lets the weights grow",
        "The wrapper multiplies every weight by 1 − lr · WEIGHT_DECAY per step; a negative value is not refused.",
    ),
    Code(
        "loss-scale-not-power-of-two", "warning", "LOSS_SCALE_FP16 is not a power of two",
        "Scaling by a power of two only moves a float's exponent; any other factor rounds each gradient, and 0 or "
        "less makes them useless.",
    ),
    Code(
        "loss-scale-not-a-number", "warning", "LOSS_SCALE_FP16 is not a number",
        "On a machine with CUDA torch refuses it at iteration 0; on one without, mixed precision is off and it is "
        "not used.",
    ),
    Code(
        "amp-not-bool", "warning", "USE_AMP is neither True nor False",
        "On a machine with CUDA torch's autocast refuses it at iteration 0; on one without, it is turned off "
        "before that.",
    ),
    Code(
        "last-batch-of-one", "warning", "The last batch of each epoch has one sample",
        "The loader drops no samples. A BatchNorm layer that sees one value per channel raises in training: one "
        "after a fully connected layer does so with one sample. Layers over points, voxels or BEV cells see many "
        "values and go on. The check says so only for a file that shows no detector of OpenPCDet's in its MODEL and "
        "is none of the shipped blocks.",
    ),
    Code(
        "repeated-key", "warning", "A key stands more than once",
        "PyYAML keeps the last value of a repeated key, silently.",
    ),
    Code(
        "misspelt-key", "warning", "A key that looks misspelt",
        "A key that the trainer does not know is never read and never complained about.",
    ),
    Code(
        "trainer-unknown", "warning", "No trainer is certain",
        "The block holds keys that only forks know, and several would train it differently or none knows them all. "
        "Nothing is drawn as if it were known: choose the trainer by hand.",
    ),
    Code(
        "trainer-by-sign", "info", "A key or value that only forks know",
        "OpenPCDet stops at an optimizer that it does not know and ignores every other key. With the trainer on auto "
        "the block is drawn as the fork trains it that its keys fit.",
    ),
    Code(
        "keys-not-read", "info", "Keys that have no effect here",
        "OpenPCDet's files carry the keys of all optimizers; each optimizer reads its own.",
    ),
    Code(
        "valid-but-unused", "info", "Required, yet without effect",
        "DECAY_STEP_LIST must be there and be a list of numbers for every optimizer; one-cycle and cosine "
        "annealing do nothing with it.",
    ),
    Code(
        "decay-partly-reached", "info", "Some entries of DECAY_STEP_LIST lie beyond the run",
        "They are never reached. The others decay lr as they should.",
    ),
    Code(
        "first-beta-overwritten", "info", "The first of BETAS has no effect",
        "MOMS set Adam's first beta at every iteration; of BETAS only the second value stays.",
    ),
    Code(
        "loss-scale-ceiling", "info", "The highest loss scale that an epoch can reach",
        "The GradScaler is built anew in every epoch and doubles after 2,000 good steps in a row. With up to "
        "2,000 iterations per epoch it never grows.",
    ),
    Code(
        "batch-size-is-total", "info", "--batch_size is the total over all GPUs",
        "It replaces BATCH_SIZE_PER_GPU, which counts per GPU.",
    ),
    Code(
        "nested-block", "info", "The block is not where OpenPCDet looks",
        "OpenPCDet itself reads only OPTIMIZATION at the top of the file; other blocks belong to a fork's code.",
    ),
    Code(
        "base-config", "info", "A base config is merged in first",
        "The trainer merges the file that _BASE_CONFIG_ names before this one. It is not opened here, so a key "
        "that only it holds counts as absent.",
    ),
)  # fmt: skip

CODES: dict[str, Code] = {code.name: code for code in _TABLE}
"""Every code by its name: errors, then warnings, then infos."""
