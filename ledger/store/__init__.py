"""The SQL store behind the ledger."""
