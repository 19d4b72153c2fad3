"""The Tune page's parts."""
