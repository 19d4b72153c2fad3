"""The Benchmark page's parts."""
