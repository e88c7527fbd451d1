"""What a document's data says about its publication; the organisation's own entries go before it.

In the pack, all of it optional::

    [document.data.publish]
    approvals = 1                               # principals who must approve; 0: published without approval
    no_open = true                              # never with an open point, not even as a draft
    requires = ["technical-documentation"]      # documents that must be published or approved before
    owner = "compliance-manager"                # role or person that answers for it
    review_days = 365                           # days from publication until it is looked at again
    retention = "technical-file-10y"            # class under which the archived file is kept

Number pattern and owner of the organisation: a `document` entry about ``management-system`` of type
``template`` with the document's id; its `number` may hold ``{subject}``, ``{version}`` and ``{item}``.  Review
interval: days that the ledger's policy gives for `publication` under `freshness`.  What a
`publication` entry says for one document (`number`, `owner`, `review_due`) goes before all of that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docgen.dossier import ORGANISATION
from docgen.packs import DocumentSpec, Pack
from docgen.rulefields import RuleFields, thaw
from docgen.view import LedgerView
from ledger.entry import Entry

__all__ = ["RETENTION", "PublishRules", "Settings", "document_settings", "publish_rules"]

RETENTION = "technical-file-10y"


@dataclass(frozen=True, slots=True)
class PublishRules:
    """What must be there before a document is published, and the pack's defaults."""

    approvals: int = 1
    no_open: bool = False
    requires: tuple[str, ...] = ()
    owner: str = ""
    review_days: int = 0
    retention: str = RETENTION


@dataclass(frozen=True, slots=True)
class Settings:
    """Number pattern, owner and review interval (0: none) of a document in this organisation."""

    number: str
    owner: str
    review_days: int

    def number_of(self, subject: str, version: str, item: str = "") -> str:
        """The number of the document about this system, version and entry; other braces are printed as they are."""
        values = {"{subject}": subject, "{version}": version, "{item}": item}
        return re.sub(r"\{(subject|version|item)\}", lambda found: values[found[0]], self.number)


def publish_rules(pack: Pack, spec: DocumentSpec) -> PublishRules:
    """The rules of a document of this pack.

    Raises:
        PackError: something in them is unknown or misspelt, or names a document that the pack does not have.
    """
    table = RuleFields(pack.id, f"document {spec.id}: data: publish", thaw(spec.data.get("publish", {})))
    rules = PublishRules(
        approvals=0 if table.holds("approvals", 0) else table.number("approvals", 1),
        no_open=table.flag("no_open", default=False) or spec.data.get("whole") is True,
        requires=table.words("requires", optional=True),
        owner=table.string("owner", default=""),
        review_days=table.number("review_days", 0),
        retention=table.string("retention", default=RETENTION),
    )
    table.done()
    known = {document.id for document in pack.documents}
    for name in rules.requires:
        if name not in known or name == spec.id:
            raise table.wrong("requires", f"{name!r} is no other document of the pack")
    return rules


def document_settings(view: LedgerView, spec: DocumentSpec, rules: PublishRules) -> Settings:
    """What holds for this document in the organisation at the view's checkpoint."""
    number, owner = spec.number, rules.owner
    for entry in view.entries(kinds=("document",), subject=ORGANISATION):
        if entry.data.get("document_id") == spec.id and entry.data.get("document_type") == "template":
            number, owner = entry.data.get("number") or number, entry.data.get("owner") or owner
    return Settings(number, owner, _review_days(view.entries(kinds=("ledger",)), rules.review_days))


def _review_days(entries: Iterable[Entry], days: int) -> int:
    """What the policy in force says of publications, else `days`."""
    found = days
    for entry in entries:
        policy: Mapping[str, Any] | None = entry.data.get("policy")
        if policy is not None:
            found = (policy.get("freshness") or {}).get("publication") or days
    return found
