"""A ledger with a small pack whose documents people write into, and a way to import what they wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docgen.build import build_document
from docgen.merging import ImportPlan, SlotResult, plan_import, text_records
from docgen.reading import Resolution
from docgen.view import view_ledger
from ledger import Entry
from tests.docgen.builders import system_body
from tests.docgen.minipack import make_pack
from tests.docgen.reading.edited import Edited
from tests.ledger.harness import SUBJECT, Harness, signer

TEMPLATE = """\
{% for p in points.values() %}
# {{ p.title }} {id={{ p.id }}}

::: status word="{{ p.status }}"
{{ p.reason }} {{ cite(p.entries) }}
:::

::: slot id={{ p.id }} kind=derived
{{ p.requirement }}
:::

{% set w = written(p.id) %}
:::: slot id={{ p.id }}.text kind=human optional
{% if w and w.text %}
::: prose
{{ w.text }}
:::
{% endif %}
::::

{% if w and w.suspect %}
::: caveat
{{ w.reason }}
:::
{% endif %}
{% endfor %}

{% set remark = written("remark") %}
| Remark |
|---|
| {{ slot("remark", remark.plain if remark else "") }} |

# Register

{% for e in cited() %}
- {{ register(e) }}
{% endfor %}
"""
NEEDS = {"P-1": [{"id": "profile", "kind": "ai_system"}], "P-2": [{"id": "risks", "kind": "risk"}]}
TEXT = "P-1.text"


class Desk:
    """Builds, edits, imports; the document is about version 1.1."""

    def __init__(self, folder: Path) -> None:
        self.harness = Harness.create(folder)
        self.ledger = self.harness.ledger
        self.pack = make_pack(folder, NEEDS, template=TEMPLATE)
        self.system("1.1")

    def close(self) -> None:
        self.ledger.close()

    def record(self, kind: str, body: dict[str, Any], by: str = "compliance") -> Entry:
        return self.ledger.entry(self.ledger.record(body, kind=kind, signers=signer(by), subject=SUBJECT).index)

    def system(self, version: str, **more: Any) -> Entry:
        return self.record("ai_system", system_body(version, **more))

    def writes(self, text: str, section: str = "P-1", version: str | None = "1.1", **more: Any) -> Entry:
        """A text recorded directly."""
        body = {"document": "doc", "section": section, "language": "en", "text": text, **more}
        return self.record("narrative", {**body, **({"system_version": version} if version else {})})

    def build(self, version: str = "1.1") -> bytes:
        return build_document(view_ledger(self.ledger), self.pack, "doc", system=SUBJECT, version=version).data

    def edited(self, slot: str = TEXT, *paragraphs: Any, data: bytes | None = None) -> bytes:
        return Edited(data or self.build()).write(slot, *paragraphs).data()

    def plan(self, data: bytes, tracked: Resolution | None = None) -> ImportPlan:
        return plan_import(self.ledger, data, self.pack, tracked=tracked)

    def imports(self, data: bytes) -> list[Entry]:
        """The entries that the file brings home, recorded."""
        return [self.record(one.kind, one.body) for one in text_records(self.plan(data))]

    def result(self, data: bytes, slot: str = TEXT) -> SlotResult:
        return next(one for one in self.plan(data).slots if one.slot == slot)

    def status(self, point: str = "P-1", version: str = "1.1") -> tuple[str, str]:
        built = build_document(view_ledger(self.ledger), self.pack, "doc", system=SUBJECT, version=version)
        found = next(one for one in built.statuses if one.id == point)
        return found.status, found.reason
