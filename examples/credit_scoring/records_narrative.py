"""Chapter 10, second part: what people write into the documents themselves, in words that no entry can derive."""

from __future__ import annotations

from bank import SYSTEM, Bank, person, refer

from ledger import Receipt
from ledger.kinds import Narrative

DOCUMENT = "technical-documentation"
_TEXTS = {
    "AnnexIV-3": "Read the numbers with the age of the data in mind: they come from applications of 1973 "
    "to 1975. What they show is that the measuring works; they do not show how the system would do "
    "today. Numbers per sex code compare two mixed groups, because the codebook of the data is unsound.",
    "AnnexIV-5": "Risks were judged together by a credit officer, a data scientist and compliance. The "
    "one that occupied us most is R-2: lowering cost widened the gap between age bands, which is why "
    "version 1.1 was refused once and passed only with a second officer.",
}


def record_narratives(bank: Bank, version: str, seen: Receipt) -> list[Receipt]:
    """The receipts of the texts that compliance wrote for the technical documentation."""
    return [
        bank.ledger.record(
            Narrative(
                system_version=version,
                document=DOCUMENT,
                section=section,
                language="en",
                text=text,
                author=person("staff-120"),
                seen=[seen.statement],
                source="editor",
            ),
            signers=bank.keys.compliance,
            subject=SYSTEM,
            references=[refer("about", seen)],
        )
        for section, text in _TEXTS.items()
    ]
