"""Write docs/keys.md, in every language, from the table of keys and the list of findings: `make translated`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pcdet_sched.config.write import text_of
from pcdet_sched.findings import CODES
from pcdet_sched.findings.report import SEVERITIES
from pcdet_sched.keys import GROUPS, KEYS, OPTIMIZERS
from pcdet_sched.language import N_, _, row

if TYPE_CHECKING:
    from pcdet_sched.key import Key

PAGE = "keys.md"
_TITLES = {
    "error": N_("Errors: the trainer stops"),
    "warning": N_("Warnings: it trains, but hardly as meant"),
    "info": N_("Good to know"),
}


def document() -> str:
    """The whole page, in the language in force."""
    return "\n".join([*_head(), *_keys(), *_findings()])


def _head() -> Iterator[str]:
    yield from ("# " + _("Keys and findings"), "")
    yield _("Made by `scripts/docs_keys.py` from `pcdet_sched/keys.py` and `pcdet_sched/findings/`; edit those.")
    yield from ("", "## " + _("Which key matters to which optimizer"), "")
    yield _(
        "`r` read and used · `R` read, so it must be valid, yet without effect · `-` never read · `w` only while "
        "LR_WARMUP is true · `a` only with mixed precision"
    )
    yield from ("", "| " + _("key") + " | " + " | ".join(OPTIMIZERS) + " |")
    yield "|---" * (len(OPTIMIZERS) + 1) + "|"
    for key in KEYS.values():
        yield f"| {key.name} | " + " | ".join(f"`{key.use(name).value}`" for name in OPTIMIZERS) + " |"
    yield ""


def _keys() -> Iterator[str]:
    for group in GROUPS:
        yield from (f"## {_(group)}", "")
        for key in KEYS.values():
            if key.group == group:
                yield from _key(key)


def _key(key: Key) -> Iterator[str]:
    unit = f" ({_(key.unit)})" if key.unit else ""
    facts = row(filter(None, [key.type_text, key.range_text]))
    read = N_("Read first in stage: {stage}, optional") if key.optional else N_("Read first in stage: {stage}")
    yield from (f"### {key.name}", "", _(key.meaning), "")
    yield "- " + _("Type: {type}", type=f"{facts}{unit}")
    yield "- " + _(read, stage=key.stage)
    yield "- " + _("In a new block: {value}", value=f"`{text_of(key.default)}`")
    yield from ("- " + _("Trap: {trap}", trap=_(trap)) for trap in key.traps)
    yield ""


def _findings() -> Iterator[str]:
    yield from ("# " + _("Findings"), "", _("What `pcdet-sched check` and the page say about a block, by code."), "")
    for severity in SEVERITIES:
        yield from (f"## {_(_TITLES[severity])}", "")
        for code in CODES.values():
            if code.severity == severity:
                yield from (
                    f"### {code.name}",
                    "",
                    _("{title}. {explanation}", title=_(code.title), explanation=_(code.explanation)),
                    "",
                )
