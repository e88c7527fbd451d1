"""Documents from a ledger: packs, dossiers, rendering and writers."""
