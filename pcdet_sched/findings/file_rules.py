"""What the file itself tells: keys repeated, misspelt, unread or a fork's, numbers in disguise, blocks elsewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from yaml.nodes import Node, ScalarNode

from pcdet_sched.config import tree
from pcdet_sched.config.blocks import OPTIMIZATION
from pcdet_sched.findings.case import Case, Found, rule
from pcdet_sched.findings.wording import shown
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _, listed, ngettext, row
from pcdet_sched.trainer_records import TRAINERS, Use

# Letters that a slip adds, drops or swaps. TEST_BATCH_SIZE_PER_GPU and LR_DECAY_EPOCHS are keys of forks, not slips.
_SLIP = 2
_ALIKE = 0.8

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# Longer ones are long because of their digits.
_LONGEST = 40
_DIGITS = re.compile(r"[-+]?\d+")
# With underscores only between thousands, where everyone reads over them.
_DECIMAL = re.compile(r"(\d+|\d{1,3}(_\d{3})+)?(\.\d*)?(e[-+]?\d+)?")


@rule(
    "repeated-key", "warning", N_("A key stands more than once"),
    N_("PyYAML keeps the last value of a repeated key, silently."),
)  # fmt: skip
def repeated(case: Case) -> Iterator[Found]:
    """Every key that stands twice, in the block and elsewhere: the trainer reads the whole file."""
    for duplicate in case.config.duplicates:
        own, last = duplicate.path == case.config.block, duplicate.positions[-1]
        such = {
            "key": shown(duplicate.key if own or not duplicate.path else f"{duplicate.path}.{duplicate.key}"),
            "n": len(duplicate.positions),
            "last": last.line,
            "lines": row(str(place.line) for place in duplicate.positions[:-1][:5]),
        }
        if own:
            message = _("`{key}` stands {n} times: the last one wins, in line {last}, `{value}`; line {lines} has no "
                "effect.", **such, value=shown(case.config.original.get(duplicate.key)))  # fmt: skip
        else:
            message = _("`{key}` stands {n} times: the last one wins, in line {last}; line {lines} has no effect.",
                **such)  # fmt: skip
        yield Found(message, duplicate.key if own else None, at=last)


@rule(
    "misspelt-key", "warning", N_("A key that looks misspelt"),
    N_("A key that the trainer does not know is never read and never complained about."),
)  # fmt: skip
def misspelt(case: Case) -> Iterator[Found]:
    """A key that is not in the table but looks like one that is."""
    for written, value in case.block.items():
        meant = _meant(written)
        if meant is None:
            continue
        such = {"key": shown(written), "meant": meant}
        if meant in case.block:
            message = _("`{key}` is no key of the trainer, which never reads it: did you mean `{meant}`, which is "
                "there as well with `{value}`?", **such, value=shown(case.block[meant]))  # fmt: skip
            yield Found(message, written, {written: None})
        else:
            message = _("`{key}` is no key of the trainer, which never reads it: did you mean `{meant}`?", **such)
            yield Found(message, written, {written: None, meant: value})


def _meant(written: object) -> str | None:
    if not isinstance(written, str) or written in KEYS:
        return None
    upper = written.strip().upper().replace("-", "_").replace(" ", "_")
    if upper in KEYS:
        return upper
    close = difflib.get_close_matches(upper, KEYS, 1, _ALIKE)
    return close[0] if close and abs(len(close[0]) - len(upper)) <= _SLIP else None


@rule(
    "number-misread", "warning", N_("A number that YAML reads as another one"),
    N_("To YAML 1.1 a colon counts in sixties (1:30 is 90), underscores are nothing (1_0 is 10), and a number that "
    "begins with 0 is octal (010 is 8)."),
)  # fmt: skip
def misread(case: Case) -> Iterator[Found]:
    """A number that YAML 1.1 reads as another one than it seems, in keys of the table that are not edited."""
    edits = case.config.edits
    for name in (name for name in KEYS if name in case.block and name not in edits):
        slot = case.config.slot(name)
        parts = tree.walk(slot.value) if slot else ()
        odd = next((part for part in parts if isinstance(part, ScalarNode) and _is_misread(part)), None)
        if slot is None or odd is None:
            continue
        such, fix = (
            {"key": name, "text": odd.value, "read": shown(tree.value_of(odd))},
            _without_zeros(name, slot.value),
        )
        if fix:
            message = _("`{key}`: `{text}` is {read} to the trainer's YAML reader: write `{decimal}`, or `{read}` if "
                "that is meant.", **such, decimal=fix[name])  # fmt: skip
        else:
            message = _("`{key}`: `{text}` is {read} to the trainer's YAML reader: write `{read}` if that is meant.",
                **such)  # fmt: skip
        yield Found(message, name, fix)


def _is_misread(node: ScalarNode) -> bool:
    """Whether a plain number is neither decimal, nor openly hexadecimal or binary, nor read as it stands."""
    text = node.value.lstrip("+-").lower()
    if node.tag not in _NUMBERS or node.style or len(text) > _LONGEST or text.startswith(("0x", "0b", ".inf", ".nan")):
        return False
    if not _DECIMAL.fullmatch(text):
        return True
    value: float = tree.value_of(node)
    return abs(value) != (float(text) if set(text) & set(".e") else int(text))


def _without_zeros(name: str, node: Node) -> dict[str, int] | None:
    """The fix for a number that is octal because it begins with 0: its digits as a decimal number."""
    return {name: int(node.value)} if isinstance(node, ScalarNode) and _DIGITS.fullmatch(node.value) else None


@rule(
    "nested-block", "info", N_("The block is not where OpenPCDet looks"),
    N_("OpenPCDet itself reads only OPTIMIZATION at the top of the file; other blocks belong to a fork's code."),
)  # fmt: skip
def other_blocks(case: Case) -> Iterator[Found]:
    """A block that a fork's code reads."""
    path = case.config.path
    if case.config.block == OPTIMIZATION:
        return
    such = {"block": shown(case.config.block), "top": OPTIMIZATION}
    forks = [trainer.name for trainer in TRAINERS if path[0] == OPTIMIZATION and path[1] in trainer.stages.names]
    if forks:
        message = ngettext(
            "The block checked is `{block}`; OpenPCDet itself reads only `{top}`. {forks} reads it.",
            "The block checked is `{block}`; OpenPCDet itself reads only `{top}`. {forks} read it.",
            len(forks), **such, forks=listed(forks),
        )  # fmt: skip
    else:
        message = _("The block checked is `{block}`; OpenPCDet itself reads only `{top}`, so a fork's code decides "
            "what becomes of it.", **such)  # fmt: skip
    yield Found(message)


@rule(
    "base-config", "info", N_("A base config is merged in first"),
    N_("The trainer merges the file that _BASE_CONFIG_ names before this one. It is not opened here, so a key that "
    "only it holds counts as absent."),
)  # fmt: skip
def base_config(case: Case) -> Iterator[Found]:
    """A base config that could hold keys of the block."""
    if case.config.needs_base:
        yield Found(
            _("The trainer merges the file that _BASE_CONFIG_ names in first; it is not opened here and may add keys.")
        )


@rule(
    "keys-not-read", "info", N_("Keys that have no effect here"),
    N_("OpenPCDet's files carry the keys of all optimizers; each optimizer reads its own."),
)  # fmt: skip
def unread(case: Case) -> Iterator[Found]:
    """One finding for all keys that have no effect."""
    keys = [name for name, use in case.uses.items() if use in (Use.UNREAD, Use.WARMUP)]
    idle = [name for name, use in case.uses.items() if use is Use.AMP]
    such = {"optimizer": shown(case.block.get("OPTIMIZER")), "keys": row(keys), "idle": row(idle)}
    places = [place for name in keys + idle if (place := case.config.position(name)) is not None]
    first = min(places, key=lambda place: place.line) if places else None
    if keys and idle:
        message = _("{optimizer} does not read {keys}; {idle} takes effect only with mixed precision.", **such)
    elif keys:
        message = _("{optimizer} does not read {keys}.", **such)
    elif idle:
        message = _("{idle} takes effect only with mixed precision.", **such)
    else:
        return
    yield Found(message, at=first)


@rule(
    "valid-but-unused", "info", N_("Required, yet without effect"),
    N_("DECAY_STEP_LIST must be there and be a list of numbers for every optimizer; one-cycle and cosine annealing "
    "do nothing with it."),
)  # fmt: skip
def required(case: Case) -> Iterator[Found]:
    """Valid it must be, and that is all."""
    for name, use in case.uses.items():
        if use is Use.REQUIRED:
            such = {"key": name, "optimizer": shown(case.block.get("OPTIMIZER"))}
            message = _("`{key}` must be there and be a list of numbers, yet {optimizer} does nothing with it.", **such)
            yield Found(message, name)


@rule(
    "trainer-by-sign", "info", N_("A key or value that only forks know"),
    N_("OpenPCDet stops at an optimizer that it does not know and ignores every other key. With the trainer on "
    "auto the block is drawn as the fork trains it that its keys fit."),
)  # fmt: skip
def by_sign(case: Case) -> Iterator[Found]:
    """The trainer that the block's signs fit; or what a trainer chosen by hand ignores."""
    resolved = case.run.resolved
    if resolved.trainer is not None and resolved.signs and resolved.sentence:
        yield Found(resolved.sentence, next((key for key in resolved.signs if key in case.block), None))


@rule(
    "trainer-unknown", "warning", N_("No trainer is certain"),
    N_("The block holds keys that only forks know, and several would train it differently or none knows them all. "
    "Nothing is drawn as if it were known: choose the trainer by hand."),
)  # fmt: skip
def nobody_certain(case: Case) -> Iterator[Found]:
    """Signs that fit nobody, or too many."""
    if case.run.resolved.trainer is None:
        resolved = case.run.resolved
        yield Found(resolved.sentence, next((key for key in resolved.signs if key in case.block), None))
