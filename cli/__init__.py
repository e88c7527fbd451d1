"""The command line `aims`."""
