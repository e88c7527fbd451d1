"""The life of a document: which versions there are and how each stands, by entries of the ledger only."""

from docgen.life.fold import APPROVING, Life, Version, Void, fold_life
from docgen.life.rules import PublishRules, publish_rules

__all__ = ["APPROVING", "Life", "PublishRules", "Version", "Void", "fold_life", "publish_rules"]
