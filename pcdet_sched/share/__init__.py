"""A state that can be handed on: a link, a session file, a report."""
