"""The documentation: its examples are run, its links lead somewhere, its words are ours."""
