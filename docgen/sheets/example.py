"""A mapping file to begin with: risks, systems, suppliers and training."""

from __future__ import annotations

__all__ = ["EXAMPLE"]

EXAMPLE = """\
# How the sheets of a workbook become entries.  Left: the word in the header; right: the member of the entry
# ('aims schema risk' lists them).  Take out what your sheets do not have.

[[sheet]]
sheet = "Risks"
kind = "risk"
key = "ID"

[sheet.columns]
"ID" = "risk_id"
"Title" = "title"
"What may happen" = "hazard"
"Cause" = "cause"
"Consequence" = "consequences.0.consequence"
"Severity" = "before.severity"
"Likelihood" = "before.likelihood"
"Treatment" = "option"
"Controls" = "controls"
"Owner" = "owner"
"Review" = "review_due"

[sheet.fixed]
status = "assessed"
criteria = "risk-criteria"
"consequences.0.on" = "individuals"

[sheet.words.option]
"reduce" = "modify"
"accept" = "retain"
"transfer" = "share"

[[sheet]]
sheet = "Systems"
kind = "ai_system"
subject = { column = "System" }

[sheet.columns]
"Version" = "system_version"
"Name" = "name"
"Purpose" = "intended_purpose"
"Provider" = "provider.party_id"
"Our roles" = "organisation_roles"
"State" = "status"

[sheet.ids]
"provider.party_id" = true

[[sheet]]
sheet = "Suppliers"
kind = "supplier"

[sheet.columns]
"Record" = "record_id"
"Supplier" = "supplier"
"What happened" = "action"
"Supplies" = "supplies"
"Result" = "result"
"Next look" = "reassess_by"

[sheet.ids]
supplier = true

[[sheet]]
sheet = "Training"
kind = "training_record"

[sheet.columns]
"Record" = "training_id"
"Topic" = "topic"
"Person" = "person.id"
"On" = "held_on"
"Result" = "result"
"Expires" = "expires"
"""
