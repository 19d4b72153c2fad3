"""Which rows of a curve a drawing needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHARE = 2e-4
_MOST = 4_000


def needed(columns: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows such that straight lines between them stay within 0.02% of each column's range; at most about 4,000.

    `columns` has shape (rows, columns). The first and the last row are among them.

    >>> needed(np.array([[0.0], [1.0], [2.0], [0.0], [0.0]])).tolist()
    [0, 2, 3, 4]
    """
    last = len(columns) - 1
    if last < 1:
        return np.arange(len(columns))
    span = np.nanmax(columns, axis=0) - np.nanmin(columns, axis=0)
    scaled = np.nan_to_num(columns / np.where(span > 0, span, 1.0))
    kept, todo = {0, last}, [(0, last)]
    while todo and len(kept) < _MOST:
        start, end = todo.pop(0)
        if end - start < 2:
            continue
        share = np.linspace(0.0, 1.0, end - start + 1)[:, None]
        line = scaled[start] + share * (scaled[end] - scaled[start])
        off = np.abs(scaled[start : end + 1] - line).max(axis=1)
        furthest = start + int(np.argmax(off))
        if off[furthest - start] > _SHARE and start < furthest < end:
            kept.add(furthest)
            todo += [(start, furthest), (furthest, end)]
    return np.array(sorted(kept), dtype=np.int64)
