"""Reference: every OPTIMIZATION key and every finding, from the tables that the editor and the check use."""

from pcdet_sched.ui.parts.style import page
from pcdet_sched.ui.reference import findings, keys, search

page(
    "Reference", "Every OPTIMIZATION key: what it means, what it may hold, who reads it, what it is known to do wrong."
)
wanted = search()
keys(wanted)
findings(wanted)
