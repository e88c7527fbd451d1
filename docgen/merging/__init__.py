"""Edited Word files come home: a three-way merge of each text against what the ledger said when the file was built."""

from docgen.merging.differences import Difference
from docgen.merging.entries import Record, comment_records, text_records
from docgen.merging.plan import ImportPlan, SlotResult, plan_import

__all__ = [
    "Difference", "ImportPlan", "Record", "SlotResult", "comment_records", "plan_import",
    "text_records",
]  # fmt: skip
