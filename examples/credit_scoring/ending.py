"""The end of a run: two Word documents, an edited copy that is caught, and where to find everything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bank import SYSTEM
from tamper import copy_ledger, edit_number, hash_leaf

from docgen.build import BuiltDocument, build_document
from docgen.files import replace_file
from docgen.packs import load_pack
from docgen.requirements import say_summary
from docgen.view import view_ledger
from ledger import Ledger, verify_ledger
from ledger.kinds.parts import Metric

_VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Written:
    """A document on disk, and what it says about itself."""

    path: Path
    document: BuiltDocument


def build_documents(database: Path, state: Path, folder: Path) -> tuple[Written, Written]:
    """The technical documentation of version 1.1 and the statement of applicability, written to `folder`."""
    with Ledger.open(database, read_only=True, state=state) as ledger:
        view = view_ledger(ledger)
        technical = build_document(
            view,
            load_pack("eu_tech_docs"),
            "technical-documentation",
            system=SYSTEM,
            version=_VERSION,
            marking="EXAMPLE",
        )
        statement = build_document(view, load_pack("iso42001"), "statement-of-applicability", marking="EXAMPLE")
    written = tuple(Written(folder / f"{built.document}.docx", built) for built in (technical, statement))
    for one in written:
        replace_file(one.path, one.document.data)
    return written[0], written[1]


def print_documents(written: Sequence[Written]) -> None:
    """Where the documents are, and what each says about itself."""
    print("\nDocuments, marked EXAMPLE; neither is a conformity assessment:")
    for one in written:
        print(f"  {one.path}")
        print(f"    {say_summary(one.document.summary, one.document.unit)}")


def try_to_cheat(database: Path, state: Path, out: Path, number: int, metric: Metric) -> bool:
    """Whether verification catches one changed byte in entry `number` of a copy, and says where."""
    copy = copy_ledger(database.parent, out / "edited-copy")
    leaves = out / "edited-copy" / "leaves"
    leaves.mkdir()
    with Ledger.open(database, read_only=True, state=state) as ledger:
        original, following = ledger.leaf(number), json.loads(ledger.leaf(number + 1))
    edit = edit_number(copy, original, metric.metric)
    print(f"\nNow somebody makes a missed limit look met, in a copy of the ledger: entry {number}, {metric.metric},")
    print(f"  limit {metric.threshold}: {edit.number_before} becomes {edit.number_after}")
    print(f"  by one byte of the file, number {edit.offset}: '{edit.before}' -> '{edit.after}'")
    report = verify_ledger(copy, state=state, remember=False)
    places = [f for f in report.findings if f.place.index == number]
    print(f"  verify: {report.summary}")
    for finding in places[:3]:
        print(f"    {finding}")
    with Ledger.open(copy, read_only=True, state=state) as ledger:
        edited = ledger.leaf(number)
    print(f"The same without our code: entry {number + 1} says that the leaf before it hashes to")
    print(f"  {following['prev']}")
    for name, leaf in (("original", original), ("edited", edited)):
        file = leaves / f"entry-{number}-{name}.json"
        file.write_bytes(leaf)
        digest = hash_leaf(file)
        verdict = "the same" if digest.value == following["prev"] else "NOT the same"
        print(f"  {digest.value}  {name}: {verdict}, by {digest.tool}")
    print(f"  try it: (printf '\\0'; cat {leaves / f'entry-{number}-edited.json'}) | sha256sum")
    return report.exit_code == 1 and bool(places)
