"""Many benchmark runs: a grid or a random sample of variants, on this machine's workers or on a Dask cluster.

`grid` says what to run, `runner.run_sweep` runs it on an engine (`local.LocalEngine`, `cluster.ClusterEngine`), a
`journal.Journal` keeps what comes, `table` reads it, `job` runs one behind a page. A benchmark is a sweep on one
worker.
"""
