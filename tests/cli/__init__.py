"""The command line, run in this process and, where that matters, in one of its own."""
