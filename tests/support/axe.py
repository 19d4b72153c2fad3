"""What axe says of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

# (rule, part of the fault's selector): why it is Streamlit's and not ours to mend.
STREAMLITS: dict[tuple[str, str], str] = {}


def serious(page: Page) -> list[str]:
    """Faults that axe calls serious or critical, without Streamlit's own: rule, where, what to mend."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in str(node["target"]) for known, part in STREAMLITS)
    ]
