"""The Reference page's parts, made from the table of keys, the trainers' records and the list of findings."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _, headed, row
from pcdet_sched.tracebacks import explain
from pcdet_sched.trainer_records import NAMES, Use, find
from pcdet_sched.ui.parts.html import callout_html, coded, escape
from pcdet_sched.ui.parts.values import typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pcdet_sched.findings import Code
    from pcdet_sched.key import Key
    from pcdet_sched.tracebacks import Explanation, Meaning
    from pcdet_sched.trainer_records import Trainer

_USES = {
    Use.USED: (N_("read"), N_("read and used"), "ps-yes"),
    Use.REQUIRED: (N_("needed"), N_("must be there and valid, yet has no effect"), "ps-some"),
    Use.WARMUP: (N_("warm-up"), N_("read only where LR_WARMUP is true"), "ps-some"),
    Use.AMP: (N_("AMP"), N_("takes effect only with mixed precision"), "ps-some"),
    Use.UNREAD: ("–", N_("never read"), "ps-no"),
}
_SEVERITIES = {
    "error": (N_("Errors: the trainer stops"), N_("error"), "bad"),
    "warning": (N_("Warnings: it trains, but hardly as meant"), N_("warning"), "warn"),
    "info": (N_("Good to know"), N_("info"), "note"),
}
_STYLE = """<style>
.ps-contents {font-size: .9rem; max-width: 70rem; line-height: 1.7} .ps-contents a {color: inherit}
.ps-contents div {display: grid; grid-template-columns: minmax(6rem, 13rem) 1fr}
.ps-contents ul {margin: 0; padding: 0 !important; list-style: none; font-size: .9rem}
.ps-contents li {display: inline; font-size: .9rem} .ps-contents li:not(:last-child)::after {content: " · "}
.ps-contents a {white-space: nowrap} .ps-contents summary {cursor: pointer} .ps-contents details a {white-space: normal}
.ps-card {scroll-margin-top: 4rem}
.ps-matrix {overflow-x: auto; max-width: 76rem} .ps-matrix table {border-collapse: collapse; font-size: .82rem}
.ps-matrix :is(th, td) {padding: .2rem .6rem; text-align: center; font-weight: 400; white-space: nowrap;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent)}
.ps-matrix th[scope=col] {vertical-align: bottom; font-weight: 600; white-space: normal; min-width: 5.4rem}
.ps-matrix th[scope=row] {text-align: left; position: sticky; left: 0; background: light-dark(#fff, #11151c)}
.ps-matrix td:is(.ps-yes, .ps-some) {background: color-mix(in srgb, var(--tone) 14%, transparent)}
.ps-matrix td.ps-no {opacity: .75; border-style: none none solid !important}
@media (max-width: 640px) {.ps-contents div {display: block}}
.ps-answer {list-style: none; margin: .7rem 0 0; padding: 0 !important}
</style>"""


def search() -> str:
    """What to look for: words, an error message, a whole traceback; empty: everything."""
    return st.text_input(
        _("Find a key, a word or a finding, or paste an error or a whole traceback"),
        placeholder=_("warm-up, BETAS, TypeError: step() takes …"),
        key="reference-search",
    ).strip()


def reference(wanted: str) -> None:
    """The answer to a traceback, else everything that holds the words; contents first where nothing is asked."""
    answer = explain(wanted) if wanted else None
    if answer is not None:
        st.html(_STYLE + _answer(answer))
        keys = [KEYS[name] for name in dict.fromkeys(cause.key for cause in answer.causes) if name in KEYS]
        codes = [CODES[name] for name in dict.fromkeys(cause.code for cause in answer.causes)]
    else:
        keys = [key for key in KEYS.values() if _holds(wanted, _words(key))]
        codes = [
            code for code in CODES.values() if _holds(wanted, f"{code.name} {_(code.title)} {_(code.explanation)}")
        ]
        contents = "" if wanted else _contents(keys, codes)
        st.html(_STYLE + contents)
    if not keys and not codes:
        st.caption(_("No key and no finding has that in its texts."))
    if keys:
        _matrix(keys)
        _key_cards(keys)
    _code_cards(codes)


def _holds(wanted: str, text: str) -> bool:
    text = text.lower()
    return all(word in text for word in wanted.lower().split())


def _words(key: Key) -> str:
    texts = (key.group, key.meaning, key.unit, *key.traps)
    return " ".join((key.name, key.type_text, *map(_, filter(None, texts))))


def _answer(answer: Explanation) -> str:
    said = f"{answer.exception}: {answer.message}".strip(": ")[:300]
    if not answer.causes:
        return callout_html("note", said, _("This is no exception that a value of OPTIMIZATION leads to."))
    one = len(answer.causes) == 1
    text = _("This is what it means.") if one else _("The message fits several causes, the likeliest first.")
    return f'{callout_html("bad", said, text)}<ol class="ps-answer">{"".join(map(_cause, answer.causes))}</ol>'


def _cause(cause: Meaning) -> str:
    code = CODES[cause.code]
    title = escape(_(code.title))
    head = headed(f"<code>{escape(cause.key)}</code>", title) if cause.key else title
    return f'<li class="ps-card"><h3>{head}</h3><p>{coded(cause.why)}</p><p><b>→ {coded(cause.fix)}</b></p></li>'


def _contents(keys: Iterable[Key], codes: Iterable[Code]) -> str:
    rows = [
        f"<div><b>{escape(_(group))}</b>{_links((key.name, key.name) for key in members)}</div>"
        for group, members in groupby(keys, _group)
    ]
    named = list(codes)
    for severity, (heads, *_words) in _SEVERITIES.items():
        links = [(code.name, _(code.title)) for code in named if code.severity == severity]
        title = escape(_(heads))
        rows.append(f"<details><summary><b>{title}</b> ({len(links)})</summary>{_links(links)}</details>")
    title = escape(_("Contents"))
    return f'<nav class="ps-contents" aria-label="{title}">{"".join(rows)}</nav>'


def _group(key: Key) -> str:
    return key.group


def _links(links: Iterable[tuple[str, str]]) -> str:
    items = (f'<li><a href="#{escape(name)}" target="_self">{escape(text)}</a></li>' for name, text in links)
    return f"<ul>{''.join(items)}</ul>"


def _matrix(keys: list[Key]) -> None:
    """Which optimizer of which trainer reads which key, from the trainers' records."""
    title = _("Who reads what")
    st.html(f'<h2 class="ps-group">{escape(title)}</h2>')
    trainer = find(st.selectbox(_("Trainer"), NAMES, key="reference-trainer", width=340))
    st.caption(_(trainer.differs))
    columns = _columns(trainer)
    heads = "".join(f'<th scope="col">{escape(label)}</th>' for label in columns)
    names = [key.name for key in keys]
    if len(names) == len(KEYS):
        names += trainer.own_keys
    rows = "".join(_row(name, trainer, columns.values()) for name in names)
    legend = " · ".join(headed(_(word), _(meaning)) for word, meaning, tone in _USES.values())
    st.html(f'<div class="ps-matrix" tabindex="0"><table><tr><td></td>{heads}</tr>{rows}</table></div>')
    st.caption(legend)


def _columns(trainer: Trainer) -> dict[str, dict[str, str]]:
    """Column's title → the block that it stands for; those that read the same share a column."""
    found: dict[tuple[Use, ...], tuple[list[str], dict[str, str]]] = {}
    for optimizer in trainer.optimizers:
        for block in _blocks(trainer, optimizer.name):
            uses = tuple(trainer.use(name, block) for name in (*KEYS, *trainer.own_keys))
            names, _block = found.setdefault(uses, ([], block))
            names.append(" · ".join(block.values()))
    return {row(names): block for names, block in found.values()}


def _blocks(trainer: Trainer, optimizer: str) -> list[dict[str, str]]:
    """The optimizer with each schedule that another key can choose for it."""
    block = {"OPTIMIZER": optimizer}
    choice = trainer.selection
    known = trainer.optimizer(optimizer)
    if choice is None or (known is not None and known.wrapped and choice.wrapped is None):
        return [block]
    chosen = [block | {choice.key: value} for value in choice.values]
    return ([block] if choice.absent else []) + chosen


def _row(name: str, trainer: Trainer, blocks: Iterable[dict[str, str]]) -> str:
    cells = "".join(_cell(trainer.use(name, block)) for block in blocks)
    return f'<tr><th scope="row"><code>{escape(name)}</code></th>{cells}</tr>'


def _cell(use: Use) -> str:
    word, meaning, look = _USES[use]
    return f'<td class="{look}" title="{escape(_(meaning))}">{escape(_(word))}</td>'


def _key_cards(keys: Iterable[Key]) -> None:
    for group, members in groupby(keys, _group):
        st.html(f'<h2 class="ps-group">{escape(_(group))}</h2>' + "".join(map(_key, members)))


def _key(key: Key) -> str:
    facts = [
        key.type_text, key.range_text, _(key.unit) if key.unit else "", _("new: {value}", value=typed(key.default)),
        _("first read in {stage}", stage=key.stage),
    ]  # fmt: skip
    facts += [_("may be left out")] if key.optional else []
    traps = "".join(f"<li>{escape(_(trap))}</li>" for trap in key.traps)
    return (
        f'<section class="ps-card" id="{escape(key.name)}"><h3><code>{escape(key.name)}</code></h3>'
        f'<p>{escape(_(key.meaning))}</p><p class="ps-facts">{escape(" · ".join(filter(None, facts)))}</p>'
        f'<ul class="ps-traps">{traps}</ul></section>'
    )


def _code_cards(codes: Iterable[Code]) -> None:
    for severity, members in groupby(codes, lambda code: code.severity):
        st.html(f'<h2 class="ps-group">{escape(_(_SEVERITIES[severity][0]))}</h2>' + "".join(map(_code, members)))


def _code(code: Code) -> str:
    _heading, name, tone = _SEVERITIES[code.severity]
    return (
        f'<section class="ps-card" id="{escape(code.name)}"><h3><code>{escape(code.name)}</code> '
        f'<span class="ps-tag ps-{tone}">{escape(_(name))}</span></h3>'
        f"<p><b>{escape(_(code.title))}.</b> {escape(_(code.explanation))}</p></section>"
    )
