"""A Word file verified by itself: keys and witnesses come from a trust file, nothing from a ledger."""

from docgen.proof.proving import Proof, Section, prove_document

__all__ = ["Proof", "Section", "prove_document"]
