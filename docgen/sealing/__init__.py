"""Seals: the proofs that a published Word file carries, so that it can be checked alone."""

from docgen.sealing.making import make_seal, seal_document
from docgen.sealing.seal import Seal, format_seal, parse_seal

__all__ = ["Seal", "format_seal", "make_seal", "parse_seal", "seal_document"]
