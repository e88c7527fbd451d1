"""One fuzz target for each parser of something that comes from outside.

A target is a module with `SEEDS`, well-formed input to begin with, and `check`, which takes any bytes and returns, or
fails if the parser does anything but give a value that formats back to the same bytes, or refuse with our error.
``python -m tests.fuzz.run NAME [libFuzzer's options]`` runs one for as long as it is let; without options, for ever.
"""
