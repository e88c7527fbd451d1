"""Attacks on whole ledgers: bytes, crashes, histories, keys; each change is found, each acknowledged entry kept."""
