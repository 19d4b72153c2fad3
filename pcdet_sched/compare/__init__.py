"""Runs beside each other: what differs, curves on one axis, the nearest shipped model."""
