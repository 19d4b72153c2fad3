"""One module per subcommand; each holds a click command named `command`."""
