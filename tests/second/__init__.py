"""A second reader of ledgers, which follows docs/FORMAT.md; section numbers in its comments are of that page.

It imports nothing of ours: Python's standard library, and `cryptography` for Ed25519. What it leaves out: bodies are
not compared with their JSON Schemas.
"""
