"""What a traceback of the trainer means: the exception as it was printed → its causes, the findings, what to write.

A message alone often fits several causes, so that an answer is a list, the likeliest first. What the traceback shows
beside the message decides further: the functions it goes through tell the stage, and the lines it quotes name keys.
The rows of `_CAUSES` were read from what the trainer does in each stage (OpenPCDet's `tools/train.py` and
`tools/train_utils/`, torch's optimizers and data loader); `tests/tracebacks` holds them to what the check finds.

>>> answer = explain("TypeError: can't multiply sequence by non-int of type 'numpy.float64'")
>>> answer.causes[0].code, answer.causes[0].key
('text-for-number', 'WEIGHT_DECAY')
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from pcdet_sched.config.write import text_of
from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _, row
from pcdet_sched.trainer_records import TRAINERS

MOST = 1_000_000
"""Characters of a text that are looked at, from its end: the exception is the last thing that a run prints."""


@dataclass(frozen=True)
class Meaning:
    """One thing that an exception may mean: the finding's code, the key (None: no single one), why, and what to do."""

    code: str
    key: str | None
    why: str
    fix: str


@dataclass(frozen=True)
class Explanation:
    """What a text says of a stop.

    `exception` is the type's name, empty where the text is a bare message. `stage` is known where the traceback goes
    through a function of it. `causes` come in order of likelihood, each code and key once; none: it is not known, and
    then hardly about the OPTIMIZATION block.
    """

    exception: str
    message: str
    stage: str | None
    causes: tuple[Meaning, ...]


@dataclass(frozen=True)
class _Row:
    """A cause and how it shows.

    `message` is searched for in the exception's text. Its group `key` names the key; its group `kind`, a type, or
    `value`, as Python prints it, tells the code where `code` is empty. `stage` is where this is raised. `near` is what
    a quoted line or a function's name in the traceback holds if it is this one.
    """

    code: str
    key: str | None
    exception: str
    message: str
    stage: str
    why: str
    near: str = ""


_TYPE = r"'(?P<kind>\w+)'"
_LESS = rf"^'<' not supported between instances of {_TYPE} and 'float'"
_LESS_EQUAL = rf"^'<=' not supported between instances of 'float' and {_TYPE}"
_TIMES_LEFT = rf"^unsupported operand type\(s\) for \*: {_TYPE} and 'int'"
_TIMES_RIGHT = rf"^unsupported operand type\(s\) for \*: 'int' and {_TYPE}"
_OVER_LEFT = rf"^unsupported operand type\(s\) for /: {_TYPE} and '(int|float)'"
_OVER_RIGHT = rf"^unsupported operand type\(s\) for /: '(int|float)' and {_TYPE}"
_INT_OF = rf"^int\(\) argument must be .* not {_TYPE}"
_INT_TEXT = r"^invalid literal for int\(\) with base 10"
_NO_LIST = rf"^{_TYPE} object is not iterable"
_NO_NAN = r"^cannot convert float (NaN|infinity) to integer"
_REPEATED = r"^can't multiply sequence by non-int of type"
_OVERFLOW = "value cannot be converted to type float without overflow"
_LENGTH = r"^List len mismatch"
_ADAM_LR = N_("torch's Adam and SGD compare LR with 0 when they are built.")
_ADAM_DECAY = N_("torch's Adam and SGD compare WEIGHT_DECAY with 0 when they are built.")
_SGD_MOMENTUM = N_("torch's SGD compares MOMENTUM with 0 when it is built.")
_BETAS = N_("torch's Adam compares each of BETAS with 0 and 1 when it is built.")
_LENGTHEN = N_("The schedule is as long as iterations per epoch × NUM_EPOCHS.")
_BOUNDARY = N_("The end of the rise is int(PCT_START × iterations).")
_START = N_("One-cycle starts at LR / DIV_FACTOR.")
_FLOOR = N_("The schedule of adam and sgd works out LR_CLIP / LR when it is built.")
_STEPS = N_("Each entry of DECAY_STEP_LIST is multiplied by the iterations per epoch, for every optimizer.")
_RISING = N_("The second phase must begin after the first, so PCT_START must be above 0.")
_RANGE = N_("The loop goes over range(NUM_EPOCHS), which takes whole numbers alone.")
_CLIPPING = N_("Clipping turns GRAD_NORM_CLIP into a float.")
_MOMENTA = N_("One-cycle goes from the first of MOMS to the second and back, so it takes exactly two numbers.")
_SHRINK = N_("The wrapper of adam_onecycle multiplies every weight by 1 − lr · WEIGHT_DECAY at each step.")
_WARMING = N_("adam_cosineanneal multiplies LR by the share of the warm-up.")

_CAUSES = (
    _Row("key-not-text", None, "TypeError", r"attribute name must be string, not", "load",
         N_("The trainer turns every mapping of the file into an attribute dictionary.")),
    _Row("unreadable-file", None, r"(Scanner|Parser|Composer|Constructor|Reader)Error", "", "load",
         N_("PyYAML cannot read the file; the message names line and column.")),
    _Row("base-config", None, "FileNotFoundError", r"\.ya?ml", "load",
         N_("_BASE_CONFIG_ and --cfg_file are looked for from the folder in which train.py was started, tools/.")),
    _Row("missing-key", "OPTIMIZATION", "AttributeError", "has no attribute 'OPTIMIZATION'", "config",
         N_("The trainer reads OPTIMIZATION at the top of the file.")),
    _Row("missing-key", None, "AttributeError", r"^'EasyDict' object has no attribute '(?P<key>\w+)'", "",
         N_("The trainer reads {key}, and the block it reads it from does not have it.")),
    _Row("batch-size-not-divisible", None, "AssertionError", r"[Bb]atch.size.*(match|divi).*(gpus|GPUs)", "config",
         N_("The trainer divides --batch_size by the number of GPUs.")),
    _Row("unknown-optimizer", "OPTIMIZER", "NotImplementedError", "^$", "build_optimizer",
         N_("OPTIMIZER is compared with the names that this trainer knows, and none fits.")),
    _Row("step-decay-on-master", "OPTIMIZER", "TypeError",
         r"(LRScheduler|LambdaLR)?\.?step\(\) takes .*positional arguments? but 3 (were|was) given", "train",
         N_("master calls scheduler.step(iteration, epoch), and the schedule of adam and sgd takes one argument.")),
    _Row("cosine-warm-up", "LR_WARMUP", "TypeError", r"^object of type 'int' has no len\(\)", "build_scheduler",
         N_("With LR_WARMUP the trainer takes the length of the number of iterations per epoch.")),
    _Row("run-too-short", "PCT_START", "ZeroDivisionError", r"^(integer )?division by zero", "train",
         N_("The rise has int(PCT_START × iterations) iterations, and its length is divided by even where it is 0.")),
    _Row("merge-no-iterations", None, "ZeroDivisionError", "modulo", "train",
         N_("With --merge_all_iters_to_one_epoch an epoch has the loader's length divided by NUM_EPOCHS.")),
    _Row("last-batch-of-one", "BATCH_SIZE_PER_GPU", "ValueError", "^Expected more than 1 value per channel", "train",
         N_("The loader keeps a last batch that is smaller, and BatchNorm cannot train on a single value.")),
    # Data loader.
    _Row("", "BATCH_SIZE_PER_GPU", "ValueError", r"batch_size should be a positive integer.*batch_size=(?P<value>.*)",
         "dataloader", N_("torch's DataLoader takes a positive whole number as batch size, and nothing else.")),
    # Optimizers of torch, then the wrapper of adam_onecycle and adam_cosineanneal.
    _Row("refused-value", "LR", "ValueError", "^Invalid learning rate", "build_optimizer", _ADAM_LR),
    _Row("refused-value", "MOMENTUM", "ValueError", "^Invalid momentum value", "build_optimizer", _SGD_MOMENTUM),
    _Row("refused-value", "WEIGHT_DECAY", "ValueError", "^Invalid weight_decay value", "build_optimizer", _ADAM_DECAY),
    _Row("refused-value", "BETAS", "ValueError", "^Invalid beta parameter", "build_optimizer", _BETAS),
    _Row("wrong-type", "BETAS", "ValueError", "^Invalid beta parameter", "build_optimizer", _BETAS),
    _Row("", "LR", "TypeError", _LESS_EQUAL, "build_optimizer", _ADAM_LR),
    _Row("", "WEIGHT_DECAY", "TypeError", _LESS_EQUAL, "build_optimizer", _ADAM_DECAY),
    _Row("wrong-type", "BETAS", "TypeError", _LESS_EQUAL, "build_optimizer", _BETAS, near="BETAS"),
    _Row("", "LR", "TypeError", _LESS, "build_optimizer", _ADAM_LR),
    _Row("", "WEIGHT_DECAY", "TypeError", _LESS, "build_optimizer", _ADAM_DECAY),
    _Row("", "MOMENTUM", "TypeError", _LESS, "build_optimizer", _SGD_MOMENTUM),
    _Row("wrong-length", "BETAS", "IndexError", "^tuple index out of range", "build_optimizer",
         N_("Both betas are read back from the optimizer.")),
    _Row("wrong-type", "BETAS", "IndexError", "^tuple index out of range", "build_optimizer",
         N_("Both betas are read back from the optimizer.")),
    _Row("wrong-type", "BETAS", "TypeError", _NO_LIST, "build_optimizer", N_("BETAS are made a tuple."), near="BETAS"),
    _Row("wrong-type", "WEIGHT_DECAY", "AssertionError", _LENGTH, "build_optimizer",
         N_("The wrapper takes one WEIGHT_DECAY or one for each of its groups.")),
    _Row("wrong-type", "WEIGHT_DECAY", "TypeError", _TIMES_LEFT, "build_optimizer",
         N_("The wrapper takes one WEIGHT_DECAY or one for each of its groups.")),
    # Schedules.
    _Row("refused-value", "PCT_START", "AssertionError", "^$", "build_scheduler", _RISING),
    _Row("wrong-type", "PCT_START", "AssertionError", "^$", "build_scheduler", _RISING),
    _Row("wrong-type", "LR", "AssertionError", _LENGTH, "build_scheduler", N_("lr is set from LR, a single number.")),
    _Row("wrong-type", "MOMS", "AssertionError", _LENGTH, "build_scheduler",
         N_("Momentum is set from the first of MOMS, a single number.")),
    _Row("wrong-type", "DECAY_STEP_LIST", "TypeError", _NO_LIST, "build_scheduler", _STEPS, near="DECAY_STEP_LIST"),
    _Row("wrong-type", "MOMS", "TypeError", _NO_LIST, "build_scheduler", _MOMENTA, near="MOMS"),
    _Row("wrong-type", "MOMS", "IndexError", "^list index out of range", "build_scheduler", _MOMENTA),
    _Row("wrong-length", "MOMS", "IndexError", "^list index out of range", "build_scheduler", _MOMENTA),
    _Row("", "DECAY_STEP_LIST", "TypeError", rf"^'>=' not supported between instances of 'int' and {_TYPE}",
         "build_scheduler", _STEPS),
    _Row("wrong-type", "DECAY_STEP_LIST", "TypeError", r"^'>=' not supported between instances of 'int' and '\w+'",
         "build_scheduler", _STEPS),
    _Row("", "NUM_EPOCHS", "TypeError", _TIMES_RIGHT, "dataloader",
         N_("With --merge_all_iters_to_one_epoch the loader counts samples × NUM_EPOCHS.")),
    _Row("", "NUM_EPOCHS", "TypeError", _TIMES_RIGHT, "build_scheduler", _LENGTHEN),
    _Row("", "NUM_EPOCHS", "TypeError", _TIMES_LEFT, "build_scheduler", _LENGTHEN),
    _Row("", "PCT_START", "TypeError", _TIMES_LEFT, "build_scheduler", _BOUNDARY, near="pct_start"),
    _Row("", "PCT_START", "TypeError", _TIMES_RIGHT, "build_scheduler", _BOUNDARY, near="pct_start"),
    _Row("wrong-type", "DECAY_STEP_LIST", "TypeError", _TIMES_LEFT, "build_scheduler", _STEPS, near="DECAY_STEP_LIST"),
    _Row("text-for-number", "NUM_EPOCHS", "TypeError", f"{_REPEATED} 'float'", "build_scheduler", _LENGTHEN),
    _Row("text-for-number", "PCT_START", "ValueError", _INT_TEXT, "build_scheduler", _BOUNDARY),
    _Row("text-for-number", "NUM_EPOCHS", "ValueError", _INT_TEXT, "build_scheduler", _LENGTHEN),
    _Row("", "PCT_START", "TypeError", _INT_OF, "build_scheduler", _BOUNDARY),
    _Row("", "NUM_EPOCHS", "TypeError", _INT_OF, "build_scheduler", _LENGTHEN),
    _Row("refused-value", "NUM_EPOCHS", "ValueError|OverflowError", _NO_NAN, "build_scheduler", _LENGTHEN),
    _Row("refused-value", "PCT_START", "ValueError|OverflowError", _NO_NAN, "build_scheduler", _BOUNDARY),
    _Row("", "PCT_START", "TypeError", rf"^'<' not supported between instances of 'int' and {_TYPE}",
         "build_scheduler", N_("The second phase must begin after the first, at PCT_START.")),
    _Row("", "DIV_FACTOR", "TypeError", _OVER_RIGHT, "build_scheduler", _START, near="div_factor"),
    _Row("", "LR", "TypeError", _OVER_LEFT, "build_scheduler", _START, near="div_factor"),
    _Row("", "LR_CLIP", "TypeError", _OVER_LEFT, "build_scheduler", _FLOOR, near="LR_CLIP"),
    _Row("", "LR", "TypeError", _OVER_RIGHT, "build_scheduler", _FLOOR, near="LR_CLIP"),
    _Row("refused-value", "DIV_FACTOR", "ZeroDivisionError", "^float division by zero", "build_scheduler", _START,
         near="div_factor"),
    _Row("refused-value", "LR", "ZeroDivisionError", "^float division by zero", "build_scheduler", _FLOOR,
         near="LR_CLIP"),
    _Row("wrong-type", "DIV_FACTOR", "ZeroDivisionError", "^float division by zero", "build_scheduler", _START,
         near="div_factor"),
    # Training.
    _Row("wrong-length", "MOMS", "TypeError", r"^annealing_cos\(\)", "train", _MOMENTA),
    _Row("wrong-type", "MOMS", "TypeError", r"^annealing_cos\(\)", "train", _MOMENTA),
    _Row("", "MOMS", "TypeError", rf"^unsupported operand type\(s\) for -: (?:'(?:float|int)' and )?{_TYPE}", "train",
         _MOMENTA),
    _Row("", "WARMUP_ITER", "TypeError", rf"^'<' not supported between instances of 'int' and {_TYPE}", "train",
         N_("Each iteration is compared with WARMUP_ITER.")),
    _Row("", "WARMUP_EPOCH", "TypeError", rf"^'<' not supported between instances of 'int' and {_TYPE}", "train",
         N_("With LR_WARMUP each epoch is compared with WARMUP_EPOCH."), near="WARMUP_EPOCH"),
    _Row("", "NUM_EPOCHS", "TypeError", rf"^{_TYPE} object cannot be interpreted as an integer", "train", _RANGE),
    _Row("", "LR_DECAY", "TypeError", rf"^'>' not supported between instances of 'float' and {_TYPE}", "train",
         N_("The product of LR_DECAY so far is compared with LR_CLIP / LR.")),
    _Row("", "LR_DECAY", "TypeError", _TIMES_RIGHT, "train", N_("lr is multiplied by LR_DECAY at each decay step.")),
    _Row("text-for-number", "WEIGHT_DECAY", "TypeError", f"{_REPEATED} 'numpy.float64'", "train", _SHRINK),
    _Row("text-for-number", "LR", "TypeError", f"{_REPEATED} '(numpy\\.)?float(64)?'", "train",
         _WARMING),
    _Row("text-for-number", "WEIGHT_DECAY", "TypeError", f"{_REPEATED} 'float'", "train", _SHRINK),
    _Row("wrong-type", "NUM_EPOCHS", "TypeError", f"{_REPEATED} 'float'", "build_scheduler", _LENGTHEN),
    _Row("wrong-type", "LR", "TypeError", f"{_REPEATED} 'float'", "train", _WARMING),
    _Row("wrong-type", "WEIGHT_DECAY", "RuntimeError", "^Boolean alpha only supported", "train", _SHRINK),
    _Row("refused-value", "LR", "RuntimeError", _OVERFLOW, "train", N_("The weights change by lr, as a float.")),
    _Row("refused-value", "WEIGHT_DECAY", "RuntimeError", _OVERFLOW, "train", _SHRINK),
    _Row("refused-value", "LR_DECAY", "RuntimeError", _OVERFLOW, "train",
         N_("lr is multiplied by LR_DECAY at each decay step.")),
    _Row("", "GRAD_NORM_CLIP", "TypeError", rf"^float\(\) argument must be .* not {_TYPE}", "train", _CLIPPING),
    _Row("text-for-number", "GRAD_NORM_CLIP", "ValueError", "^could not convert string to float", "train", _CLIPPING),
    _Row("wrong-type", "USE_AMP", "TypeError", r"^set_autocast_enabled\(\)", "train",
         N_("torch's autocast takes True or False.")),
)  # fmt: skip
"""In order of likelihood where several fit."""

_FIXES = {
    "text-for-number": N_("Write no quotes, and a float with a dot, 0.001 or 1.0e-3: `{key}: {sound}`, for instance."),
    "wrong-type": N_("Write a value of the right type ({kind}): `{key}: {sound}`, for instance."),
    "wrong-length": N_("Give {key} exactly two numbers: `{key}: {sound}`, for instance."),
    "refused-value": N_("Give {key} a value that is allowed ({range}): `{key}: {sound}`, for instance."),
    "missing-key": N_("Add `{key}: {sound}`, for instance, or correct its spelling."),
    "key-not-text": N_("Write every key that looks like a number, and yes, no, on, off and null, in quotes."),
    "unreadable-file": N_("Look at that line and the one above: a tab, no space behind a colon, an open bracket."),
    "base-config": N_("Start the trainer in tools/, or correct the path."),
    "batch-size-not-divisible": N_("Give --batch_size, the total over all GPUs, a multiple of their number."),
    "unknown-optimizer":
        N_("Write adam_onecycle or, on master, adam_cosineanneal; or train with the fork that knows it."),
    "step-decay-on-master": N_("Write `OPTIMIZER: adam_onecycle`, or train on classic (v0.5.2)."),
    "cosine-warm-up": N_("Write `LR_WARMUP: False`."),
    "run-too-short": N_("Raise PCT_START or NUM_EPOCHS until PCT_START × iterations is at least 1."),
    "merge-no-iterations": N_("Leave --merge_all_iters_to_one_epoch out."),
    "last-batch-of-one": N_("Choose a BATCH_SIZE_PER_GPU that leaves more than one sample for the last batch."),
}  # fmt: skip
_BLOCK = N_("Move the block to the top of the file, or train with the fork that reads it where it stands.")
_FORKS_KEY = N_("{key} is a key of {forks}: add it, or train with a trainer that does not read it.")
_OTHER_KEY = N_("{key} is no key of OPTIMIZATION: look at the block that the traceback's last line reads it from.")

# The functions of each stage; the latest stage that the traceback goes through counts, since main() calls them all.
_STAGES = {
    "train": ("train_model", "train_one_epoch"),
    "build_scheduler": ("build_scheduler",),
    "build_optimizer": ("build_optimizer",),
    "dataloader": ("build_dataloader",),
    "load": ("cfg_from_yaml_file", "merge_new_config"),
}
_ERROR = re.compile(
    r"^(?:\[[^\]\n]*\]:? ?)?(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Exit))(?:: ?(.*))?$", re.MULTILINE
)
# An exception that follows a line of code without a break; a name of code may run into it.
_LOST = re.compile(rf"(?:{'|'.join(sorted({row.exception for row in _CAUSES}))})(?=:|$)")
_HEAD = "Traceback (most recent call last):"
_FRAME = re.compile(r'File "[^"\n]*", line \d+, in (\S+)')
# What a launcher says of its child's end is not why it ended.
_LAUNCHERS = ("CalledProcessError", "ChildFailedError", "SystemExit")


def explain(text: str) -> Explanation | None:
    """Read a message, a traceback or a whole log that ends in one.

    Returns None where the text holds nothing that looks like an exception and no message that is known. Raises nothing.

    >>> explain("AttributeError: 'EasyDict' object has no attribute 'DIV_FACTOR'").causes[0].fix
    'Add `DIV_FACTOR: 10`, for instance, or correct its spelling.'
    >>> explain("epochs: 100%") is None
    True
    """
    text = _in_lines(text[-MOST:].strip())
    found = [error for error in _ERROR.finditer(text) if error[1] not in _LAUNCHERS]
    if not found:
        lines = text.splitlines()
        bare = lines[-1].strip() if lines else ""
        causes = _ranked("", bare, None, "")
        return Explanation("", bare, None, causes) if causes else None
    # The last one was raised while the ones before it were handled, or by another process of the same run.
    error = found[-1]
    before = text[: error.start()]
    quoted = before[before.rfind(_HEAD) :] if _HEAD in before else ""
    exception, message = error[1], (error[2] or "").strip()
    stage = _stage(quoted)
    return Explanation(exception, message, stage, _ranked(exception, message, stage, quoted))


def _in_lines(text: str) -> str:
    """A traceback whose line breaks were lost, as a browser's one-line field takes them out, in lines again."""
    if _HEAD not in text or "\n" in text:
        return text
    text = re.sub(r'(?= {2}File ")', "\n", text)
    last = list(_LOST.finditer(text))
    return f"{text[: last[-1].start()]}\n{text[last[-1].start() :]}" if last else text


def _stage(quoted: str) -> str | None:
    through = set(_FRAME.findall(quoted))
    return next((stage for stage, names in _STAGES.items() if through.intersection(names)), None)


def _ranked(exception: str, message: str, stage: str | None, quoted: str) -> tuple[Meaning, ...]:
    """The causes that fit: those of the stage alone if there are any, first those whose key a quoted line names."""
    fits = [(row, match) for row in _CAUSES if (match := _match(row, exception, message))]
    here = [(row, match) for row, match in fits if stage is None or row.stage in ("", stage)]
    # The last function and line of code that the traceback shows.
    line = quoted[quoted.rfind('File "') :] if 'File "' in quoted else ""
    rows = sorted(here or fits, key=lambda fit: not fit[0].near or fit[0].near not in line)
    causes: dict[tuple[str, str | None], Meaning] = {}
    for fault, match in rows:
        cause = _cause(fault, match)
        causes.setdefault((cause.code, cause.key), cause)
    return tuple(causes.values())


def _match(row: _Row, exception: str, message: str) -> re.Match[str] | None:
    if exception and not re.fullmatch(row.exception, exception):
        return None
    # A bare message must say something of its own: half of the exceptions here have an empty one.
    return re.search(row.message, message) if exception or row.message not in ("", "^$") else None


def _cause(row: _Row, match: re.Match[str]) -> Meaning:
    groups = match.groupdict()
    key = groups.get("key") or row.key
    code = row.code or _code(groups)
    return Meaning(code, key, _(row.why, key=key or ""), _fix(code, key))


def _code(groups: dict[str, str | None]) -> str:
    """The finding that goes with a value of this type, or with this value."""
    kind = groups.get("kind")
    if kind is not None:
        return "text-for-number" if kind == "str" else "wrong-type"
    written = groups.get("value") or ""
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = float(written) if written in ("inf", "-inf", "nan") else written
    if str(value) != written or isinstance(value, str):
        return "text-for-number"  # a number would be printed otherwise: 1e-3 is text
    return "refused-value" if type(value) is int or written in ("inf", "-inf", "nan") else "wrong-type"


def _fix(code: str, key: str | None) -> str:
    known = KEYS.get(key or "")
    if key == "OPTIMIZATION":
        return _(_BLOCK)
    if known is None and code == "missing-key":
        forks = row(trainer.name for trainer in TRAINERS if key in trainer.own_keys)
        return _(_FORKS_KEY, key=key, forks=forks) if forks else _(_OTHER_KEY, key=key)
    if known is None:
        return _(_FIXES[code])
    sound = text_of(known.default)
    return _(_FIXES[code], key=known.name, sound=sound, kind=known.type_text, range=known.range_text)


def as_text(answer: Explanation) -> str:
    """The answer for a terminal: the exception, then each cause with its finding and what to write."""
    said = f"{answer.exception}: {answer.message}".strip(": ")
    if not answer.causes:
        return _("{error}\nThis is no exception that a value of OPTIMIZATION leads to.", error=said)
    rows = [said]
    if len(answer.causes) > 1:
        rows.append(_("The message fits {n} causes, the likeliest first.", n=len(answer.causes)))
    for number, cause in enumerate(answer.causes, 1):
        code = CODES[cause.code]
        rows.append(f"{number}. {cause.key or cause.code}: {_(code.title)} [{code.name}]")
        rows += [f"   {cause.why}", f"   → {cause.fix}"]
    return "\n".join(rows)
