"""The ledger: formats, append, verification and the store."""
