"""The same schedule as torch code, and how far it is from the trainer's."""
