"""`python -m pcdet_sched` is the command line."""

from pcdet_sched.cli import main

if __name__ == "__main__":
    main(prog_name="pcdet-sched")
