"""Verifying a whole ledger: the run, its ranges, what it concludes, and what the next run builds on."""
