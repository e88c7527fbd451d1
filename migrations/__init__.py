"""The Alembic scripts of the ledger's database, shipped as `ledger.migrations`; nobody imports it."""
