"""The Sweep page's parts."""
