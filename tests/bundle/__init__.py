"""Bundles: the writer, the three verifiers, and what they must find in spoiled ones."""
