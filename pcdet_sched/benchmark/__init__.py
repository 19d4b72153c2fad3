"""The toy detector under variants of precision, clipping and loss scale: scenes, detector, loop, readings, result."""
