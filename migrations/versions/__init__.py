"""One small module per released change of the database, in order, never edited after its release."""
