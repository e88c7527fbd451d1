"""Three-way merge of edited Word files into the ledger."""
