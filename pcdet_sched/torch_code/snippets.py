"""Torch code of each schedule, filled in with numbers. Only numbers from the file ever get into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, Any]
"""The numbers of a block by key, and the facts of its trainer's record: see `translate`."""

_LOOP = """
# for batch in loader:
#     loss = ...; loss.backward()
{clip}#     optimizer.step(); optimizer.zero_grad()
#     scheduler.step()  # after the optimizer, once per iteration
"""

_ONE_CYCLE = (
    '''\
import torch


def build(model):
    """AdamW under torch's OneCycleLR, for {total} iterations."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr={lr!r}, betas=({up!r}, {beta2!r}), weight_decay={decay!r}
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr={lr!r},
        total_steps={total},
        pct_start={pct!r},
        base_momentum={down!r},
        max_momentum={up!r},
        div_factor={div!r},
        final_div_factor=1e4,
    )
    return optimizer, scheduler

'''
    + _LOOP
)

_COSINES = (
    '''\
import math

import torch

TOTAL, BOUNDARY = {total}, {boundary}  # iterations: the whole schedule, and where lr and beta1 reverse


def half_cosine(start, end, share):
    return end + (start - end) / 2 * (math.cos(math.pi * share) + 1)


def beta1_at(k):
{earlier_beta1}    if k < BOUNDARY:
        return half_cosine({up!r}, {down!r}, k / BOUNDARY)
    return half_cosine({down!r}, {up!r}, (k - BOUNDARY) / max(1, TOTAL - BOUNDARY))


{lr_at}

class MomentumLambdaLR(torch.optim.lr_scheduler.LambdaLR):
    """LambdaLR that sets beta1 with lr, as the trainer's wrapper does."""

    def step(self, epoch=None):
        super().step(epoch)
        for group in self.optimizer.param_groups:
            group["betas"] = (beta1_at(self.last_epoch), group["betas"][1])


def build(model):
    """AdamW with the trainer's own curve."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1.0, betas=({up!r}, {beta2!r}), weight_decay={decay!r}
    )
    return optimizer, MomentumLambdaLR(optimizer, lr_at)  # lr 1.0 times lr_at

'''
    + _LOOP
)

_ONE_CYCLE_LR = """\
def lr_at(k):
{earlier}    low = {lr!r} / {div!r}
    if k < BOUNDARY:
        return half_cosine(low, {lr!r}, k / BOUNDARY)
    return half_cosine({lr!r}, low / 1e4, (k - BOUNDARY) / max(1, TOTAL - BOUNDARY))
"""

_STAIRS_LR = """\
def lr_at(k):
{earlier}    if k < {warmup!r}:
        return {lr!r} * (1 - (1 - k / {warmup!r}) * (1 - 0.33333333))
    return half_cosine({lr!r}, {lr!r} * 0.001, (k // {per_epoch}) / {epochs})
"""

_FORMULA = (
    '''\
import math

import torch

{constants}

def lr_at(k, lr={lr!r}):
{earlier}{warmup}{formula}

def build(model):
    """{what}, under the trainer's own formula."""
{parameters}
    optimizer = {optimizer}
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, {factors})  # lr 1.0 times lr_at

'''
    + _LOOP
)

_NATIVE = (
    '''\
import torch


def build(model):
    """{what}, under torch's own {schedule}, as the trainer has it."""
{parameters}
    optimizer = {optimizer}
    return optimizer, torch.optim.lr_scheduler.{schedule}(optimizer, {arguments})

'''
    + _LOOP
)

_TWO_GROUPS = """\
    backbone = [p for name, p in model.named_parameters() if "backbone_3d." in name]
    rest = [p for name, p in model.named_parameters() if "backbone_3d." not in name]
    parameters = [{{"params": rest, "lr": {lr!r}}}, {{"params": backbone, "lr": {lr_2!r}}}]"""

_WARMUP = """\
    if k < {length!r}:  # the cosine warm-up that the block asks for{stops}
        return {low!r} + (lr - {low!r}) * (1 - math.cos(math.pi * k / {length!r})) / 2
"""


def one_cycle(values: Values) -> str:
    """AdamW + OneCycleLR, as most people would write it."""
    return _ONE_CYCLE.format(**_cycle(values), div=values["DIV_FACTOR"])


def cycle(values: Values) -> str:
    """The trainer's own formula of lr and momentum, in a LambdaLR that sets both."""
    if values["kind"] == "one-cycle":
        lr_at = _ONE_CYCLE_LR.format(lr=values["LR"], div=values["DIV_FACTOR"], earlier=_earlier(values, "first"))
    else:
        stairs = {"warmup": values["WARMUP_ITER"], "per_epoch": values["per_epoch"], "epochs": values["epochs"]}
        lr_at = _STAIRS_LR.format(lr=values["LR"], **stairs, earlier=_earlier(values, "first"))
    beta1 = _earlier(values, "first_momentum")
    boundary = int(values["PCT_START"] * values["total"])
    return _COSINES.format(**_cycle(values), boundary=boundary, lr_at=lr_at, earlier_beta1=beta1)


def formula(values: Values) -> str:
    """The trainer's own formula of lr in a LambdaLR."""
    constants, lines = _FORMULAS[values["kind"]](values)
    groups, second = _groups(values, 1.0, 1.0)
    body = "".join(f"    {line}\n" for line in lines)
    return _FORMULA.format(
        constants=constants, formula=body, lr=values["LR"], earlier=_earlier(values, "first"), warmup=_warmup(values),
        factors=f"[lr_at, lambda k: lr_at(k, {values['LR_BB']!r})]" if second else "lr_at",
        parameters=groups, optimizer=_optimizer(values, 1.0), what=_what(values), clip=_clip(values),
    )  # fmt: skip


def native(values: Values) -> str:
    """Torch's own schedule, which the trainer builds itself."""
    schedule, arguments = NATIVE[values["kind"]]
    groups, _ = _groups(values, values["LR"], values["LR_BB"])
    return _NATIVE.format(
        schedule=schedule, arguments=arguments(values), parameters=groups, what=_what(values), clip=_clip(values),
        optimizer=_optimizer(values, values["LR"]),
    )  # fmt: skip


def _step_decay(values: Values) -> tuple[str, list[str]]:
    steps = [step * values["pass"] for step in values["DECAY_STEP_LIST"]]
    loop = ["decay = 1", "for step in STEPS:", "    if k >= step:", f"        decay = decay * {values['LR_DECAY']!r}"]
    return f"STEPS = {steps}  # iterations at which lr is decayed\n", [
        *loop, f"return lr * max(decay, {values['LR_CLIP']!r} / lr)",
    ]  # fmt: skip


def _poly(values: Values) -> tuple[str, list[str]]:
    total = values["total"]
    return f"TOTAL = {total}  # iterations of the whole schedule\n", [
        f"return lr * (1 - k / (TOTAL + 1)) ** {values['POWER']!r}"
    ]


def _cosine_after_step(values: Values) -> tuple[str, list[str]]:
    first, epochs = values["STEP_EPOCH"], values["epochs"]
    return f"PER_EPOCH = {values['per_epoch']}  # iterations\n", [
        "epoch = k // PER_EPOCH",
        f"if epoch < {first!r}:",
        "    return lr",
        f"return 1e-6 + 0.5 * (lr - 1e-6) * (1 + math.cos(math.pi * ((epoch - {first!r}) / ({epochs} - {first!r}))))",
    ]


def _every_fifth_epoch(values: Values) -> tuple[str, list[str]]:
    return f"PER_EPOCH = {values['per_epoch']}  # iterations\n", ["return lr * 0.3 ** (k // PER_EPOCH // 5)"]


_FORMULAS: dict[str, Callable[[Values], tuple[str, list[str]]]] = {
    "step decay": _step_decay,
    "poly": _poly,
    "cosine after step": _cosine_after_step,
    "every fifth epoch": _every_fifth_epoch,
    "constant": lambda _: ("", ["return lr"]),
}


def _milestones(values: Values) -> str:
    late = 1 if values["late"] else 0  # a schedule that is stepped after the optimizer is one iteration behind
    steps = [math.ceil(step * values["pass"]) + late for step in values["DECAY_STEP_LIST"]]
    return f"milestones={steps}, gamma={values['LR_DECAY']!r}"


def _max_lr(values: Values) -> str:
    max_lr = values["LR"] if values["LR_BB"] is None else [values["LR"], values["LR_BB"]]
    shape = f"pct_start={values['PCT_START']!r}, div_factor={values['DIV_FACTOR']!r}"
    return f"max_lr={max_lr!r}, total_steps={values['total']}, {shape}"


NATIVE: dict[str, tuple[str, Callable[[Values], str]]] = {
    "two steps": ("StepLR", lambda values: f"step_size={int(values['total'] / 2)}"),
    "multi-step": ("MultiStepLR", _milestones),
    "cosine": ("CosineAnnealingLR", lambda values: f"T_max={values['total']}"),
    "torch one-cycle": ("OneCycleLR", _max_lr),
    "linear": (
        "LinearLR",
        lambda values: f"1.0, {values['LR_CLIP'] / values['LR']!r}, total_iters={values['total']}",
    ),
    "warm restarts": (
        "CosineAnnealingWarmRestarts",
        lambda values: f"T_0={2 * values['per_epoch']}, eta_min={max(0.01 * values['LR'], 1e-6)!r}",
    ),
}
"""Kind of a schedule → the class of torch that the trainer builds for it, and its arguments."""
KINDS = {*_FORMULAS, *NATIVE}
"""What can be written for an optimizer of torch's own."""


def _cycle(values: Values) -> dict[str, object]:
    up, down = values["MOMS"]
    return {
        "total": values["total"], "lr": values["LR"], "decay": values["WEIGHT_DECAY"], "pct": values["PCT_START"],
        "up": up, "down": down, "beta2": values["beta2"], "clip": _clip(values),
    }  # fmt: skip


def _what(values: Values) -> str:
    decay = "decoupled decay" if values["family"] == "AdamW" else "the decay inside the gradient (L2)"
    return f"{values['family']} with {decay}, as the trainer's {values['OPTIMIZER']}"


def _optimizer(values: Values, lr: float) -> str:
    own = ""
    if values["family"] == "SGD":
        own = f", momentum={values['MOMENTUM']!r}"
    elif values["betas"] != (0.9, 0.999):
        own = f", betas={values['betas']!r}"
    return f"torch.optim.{values['family']}(parameters, lr={lr!r}, weight_decay={values['WEIGHT_DECAY']!r}{own})"


def _groups(values: Values, lr: float, lr_2: float | None) -> tuple[str, bool]:
    """The line or lines that collect the parameters, and whether they are two groups."""
    if values["LR_BB"] is None:
        return "    parameters = model.parameters()", False
    return _TWO_GROUPS.format(lr=lr, lr_2=lr_2), True


def _earlier(values: Values, first: str) -> str:
    if not values["late"]:
        return ""
    return (
        f"    if k == 0:  # what the optimizer was built with\n        return {values[first]!r}\n"
        "    k -= 1  # the trainer steps its schedule after the optimizer\n"
    )


def _clip(values: Values) -> str:
    limit = values["GRAD_NORM_CLIP"]
    return "" if limit is None else f"#     torch.nn.utils.clip_grad_norm_(model.parameters(), {limit!r})\n"


def _warmup(values: Values) -> str:
    if not values["LR_WARMUP"]:
        return ""
    length, low = values["WARMUP_EPOCH"] * values["pass"], values["LR"] / values["DIV_FACTOR"]
    stops = "; the trainer itself stops at it" if values["warmup_stops"] else ""
    return _WARMUP.format(length=length, low=low, stops=stops)
