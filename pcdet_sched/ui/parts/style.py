"""How the pages look beyond Streamlit's theme, which is set in `.streamlit/config.toml`."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.language import _
from pcdet_sched.ui.parts.html import escape
from pcdet_sched.ui.parts.routes import through_app
from pcdet_sched.ui.parts.speech import switch, tell_browser

# Colours are those of the theme wherever it has one, so that light and dark both work.
_CSS = """
.stMainBlockContainer {padding: 3.4rem 2rem 2rem; max-width: 1680px; position: relative}
[data-testid=stSidebarHeader] {height: auto; min-height: 0; margin-bottom: 0}
[data-testid=stSidebarUserContent] {padding-top: 0}
[data-testid=stSidebarUserContent] .ps-fields {font-size: 1.1rem}
[data-testid=stSidebarUserContent] > div > [data-testid=stVerticalBlock] {gap: .7rem}

.ps-head {display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .9rem;
  padding-right: 9.5rem}
.ps-head h1 {font-size: 1.6rem; padding: 0; margin: 0}
.ps-head p {margin: 0; color: color-mix(in srgb, currentColor 74%, transparent)}
.st-key-language {position: absolute; top: 3.9rem; right: 2rem; width: 8.5rem !important; z-index: 1}
[data-testid=stMain] [data-testid=stHeading] :is(h2, h3) {font-size: 1.25rem}
:is(.ps-callout, .ps-changed, .ps-card, .ps-table) code {font-size: .88em}
.st-key-spoken {position: absolute}
.ps-callout {display: flex; gap: .7rem; padding: .6rem .9rem; border-radius: .6rem; line-height: 1.45;
  border: 1px solid color-mix(in srgb, var(--tone) 35%, transparent);
  background: color-mix(in srgb, var(--tone) 9%, transparent); overflow-wrap: anywhere}
.ps-mark {flex: none; width: 1.4rem; height: 1.4rem; border-radius: 50%; color: #fff; background: var(--tone);
  display: grid; place-items: center; font-size: .8rem; font-weight: 700}
.ps-good {--tone: #16794c} .ps-bad {--tone: #c0362c} .ps-warn {--tone: #9a5b00} .ps-note {--tone: #4b6584}

.ps-numbers {display: grid; grid-template-columns: repeat(auto-fit, minmax(5.4rem, auto)); gap: .5rem 1.6rem;
  justify-content: start; margin: 0 .2rem !important; padding: 0 !important}
.ps-numbers dt, .ps-numbers small {font-size: .8rem; font-weight: 400; line-height: 1.3; display: block;
  color: color-mix(in srgb, currentColor 74%, transparent)}
.ps-numbers dd {margin: 0 !important; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; line-height: 1.3}

[data-testid=stBaseButton-primary] {color: light-dark(#fff, #08131c) !important}
.stMultiSelect span[title] {color: light-dark(#fff, #08131c) !important}
[role=radio][aria-checked=true] {color: light-dark(#004f7d, #8ccdf3) !important}
[data-testid=stCaptionContainer] {opacity: .78}
.ps-callout + .ps-numbers {margin-top: .9rem !important}
.st-key-plan {display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .7rem 1rem}
.st-key-plan > * {grid-column: 1 / -1}
.st-key-plan > :is(.st-key-plan-gpus, .st-key-plan-trainer, .st-key-plan-Total-batch, .st-key-plan-Epochs)
  {grid-column: auto}
.st-key-toolbar {gap: .5rem}
.st-key-toolbar button {padding-inline: .45rem; white-space: nowrap}
.st-key-bench {display: grid; column-gap: 1.6rem;
  grid-template: auto auto auto auto 1fr / minmax(0, 2.15fr) minmax(0, 1fr)}
.st-key-bench > :last-child {grid-area: 1 / 2 / 6 / 3}
.st-key-inspector :is(.stNumberInput, .stSelectbox):not(:hover, :focus-within)
  [aria-label="Clear value"] {display: none}
.st-key-inspector {display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .5rem .9rem;
  align-content: start; align-items: start}
.st-key-inspector > :is(.stHtml, :has(> .stHtml, > .stCode, > .stExpander)) {grid-column: 1 / -1}
.st-key-unread [data-testid=stExpanderDetails] > [data-testid=stVerticalBlock],
.st-key-unread [data-testid=stExpanderDetails] > div > [data-testid=stVerticalBlock] {display: grid;
  grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .5rem .9rem; align-items: start}
.ps-fields {font-size: 1rem; padding: .35rem 0 0; margin: 0}
.st-key-inspector [data-testid=stWidgetLabel] p {font-size: .78rem; letter-spacing: .01em; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis}
.st-key-inspector [data-testid=stNumberInputContainer] button {width: 1.35rem}
.st-key-inspector input {padding-left: .6rem; padding-right: .1rem}
.st-key-inspector input::placeholder {font-size: .8rem}
.st-key-inspector [data-testid=stSelectbox] [role=group] button {padding: 0}
.st-key-inspector [data-testid=stSelectbox] input {font-size: .82rem; padding-left: .5rem}
@media (min-width: 1200px) {
  .st-key-inspector {position: sticky; top: 3.7rem; max-height: calc(100vh - 4.4rem); overflow-y: auto;
    padding: .1rem .6rem 1rem .9rem; border-left: 1px solid color-mix(in srgb, currentColor 14%, transparent)}
}
@media (max-width: 1199px) {
  .st-key-sweep-setup > * > [data-testid=stHorizontalBlock] {flex-direction: column}
  .st-key-sweep-setup > * > * > [data-testid=stColumn] {width: 100%; flex: none}
  .st-key-bench {grid-template: none / minmax(0, 1fr)}
  .st-key-bench > :last-child {grid-area: auto}
}

.ps-diff {font-size: .86rem; line-height: 1.5; padding: .7rem 1rem; border-radius: .5rem; overflow-x: auto;
  background: color-mix(in srgb, currentColor 5%, transparent); margin: 0}
.ps-diff span {display: inline-block; min-width: 100%}
.ps-plus {background: color-mix(in srgb, #16794c 16%, transparent)}
.ps-minus {background: color-mix(in srgb, #c0362c 14%, transparent)}
.ps-at {color: color-mix(in srgb, currentColor 70%, transparent)}

.ps-scroll {overflow-x: auto}
.ps-table {border-collapse: collapse; font-size: .9rem}
.ps-table :is(th, td) {text-align: left; padding: .25rem .9rem .25rem 0; font-weight: 400; max-width: 30rem;
  overflow-wrap: break-word; border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent)}
.ps-table .ps-number {white-space: nowrap} .ps-table .ps-long {min-width: 12rem}
.ps-table th[scope=col] {font-weight: 600}
.st-key-proposals {gap: .9rem}
.ps-cell {font-size: .9rem; line-height: 1.4} .ps-cell b {display: block; font-size: .8rem; font-weight: 600}
@media (min-width: 641px) {.st-key-proposals > :not(:first-child) .ps-cell b {display: none}}

.ps-group {font-size: 1.2rem; padding: .8rem 0 .4rem; margin: 0}
.ps-card {border: 1px solid color-mix(in srgb, currentColor 16%, transparent); border-radius: .6rem;
  padding: .7rem 1rem; margin-bottom: .7rem; max-width: 70rem}
.ps-card h3 {font-size: 1.02rem; padding: 0 0 .3rem; margin: 0} .ps-card p {margin: 0 0 .4rem}
.ps-facts {font-size: .86rem; color: color-mix(in srgb, currentColor 74%, transparent)}
.ps-uses {display: flex; flex-wrap: wrap; gap: .3rem .5rem; list-style: none; padding: 0 !important; margin: 0 0 .4rem}
.ps-uses li, .ps-tag {font-size: .82rem; border-radius: .4rem; padding: .1rem .5rem; margin: 0 !important;
  border: 1px solid color-mix(in srgb, var(--tone) 45%, transparent);
  background: color-mix(in srgb, var(--tone) 12%, transparent)}
.ps-yes {--tone: #16794c} .ps-some {--tone: #9a5b00} .ps-no {--tone: #7b8494; border-style: dashed !important}
.ps-traps {margin: 0; padding-left: 1.1rem !important; font-size: .9rem}
/* Without a mouse, and on a narrow page, what a table can do stands over what is above the table. */
@media (hover: none), (max-width: 640px) {
  .stElementContainer:has(.stElementToolbar) {margin-top: 2rem}
}
@media (max-width: 640px) {
  .st-key-language {position: static}
  .ps-head {padding-right: 0}
  .stMainBlockContainer {padding: 3.4rem 1rem 1rem}
  .st-key-compare-axis [role=radiogroup] {flex-wrap: wrap; overflow: visible}
}
"""


def page(title: str, lead: str) -> None:
    """The top of every page: its English name, the one line that says what it is for, and the looks."""
    through_app(title)
    st.html(f"<style>{_CSS}</style>")
    st.html(f'<div class="ps-head"><h1>{escape(_(title))}</h1><p>{escape(lead)}</p></div>')
    switch()
    tell_browser()
