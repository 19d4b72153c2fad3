"""The user's own checkout of a trainer: its code is stepped in a child process and laid beside the known ones."""
