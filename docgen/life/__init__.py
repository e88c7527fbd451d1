"""The life of a document: which versions there are and how each stands, by entries of the ledger only."""

from docgen.life.fold import APPROVING, AUDIENCES, Life, Version, Void, document_name, fold_life
from docgen.life.rules import PublishRules, document_settings, publish_rules

__all__ = [
    "APPROVING",
    "AUDIENCES",
    "Life",
    "PublishRules",
    "Version",
    "Void",
    "document_name",
    "document_settings",
    "fold_life",
    "publish_rules",
]
