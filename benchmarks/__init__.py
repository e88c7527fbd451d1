"""What the numbers in the documentation come from; see `run.py`."""
