"""Seals: what they carry, made from a real ledger, and what is not taken for one."""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from docgen.errors import DocgenError
from docgen.functions import Citations
from docgen.info import ApprovalLine
from docgen.markdown import parse_markdown
from docgen.sealing import Seal, format_seal, make_seal, parse_seal, seal_document
from docgen.word import find_carrier, find_seal, take_seal, write_word
from ledger.bundle.multiproof import root_of_leaves
from ledger.encoding import format_base64
from ledger.errors import Refused
from ledger.leaf import parse_leaf
from ledger.note import parse_note
from ledger.statement import parse_statement
from tests.docgen.samples import Cited, info
from tests.ledger.anchored import anchor
from tests.ledger.harness import Harness, oversight, signer

CITED = (3, 7)
HOSTILE = "R&D <5% \u2028 {{ 7*7 }} ]]> & \u202e"


class Office:
    """A ledger in which a document that cites entries 3 and 7 was approved and published."""

    def __init__(self, folder: Path) -> None:
        self.harness = Harness.create(folder)
        self.ledger = self.harness.ledger
        for number in range(4):
            self.record("oversight_action", oversight(number, reason_code=HOSTILE), "overseer")
        self.document = self.make()
        self.submission = self.publication("in_review")
        body = {"decision": "approved", "scope": "document", "digest": self.digest, "document": "doc"}
        about = [{"rel": "approves", "statement": self.submission.statement}]
        self.approval = self.record("approval", {**body, "references": about}, "approver")
        self.document = self.make(ApprovalLine(self.approval.index, self.approval.leaf_hash.hex(), "A", "2026-11-23"))
        self.publication_entry = self.publication("published", approvals=[self.approval.statement])

    def record(self, kind: str, body: dict[str, Any], by: str) -> Any:
        return self.ledger.record(body, kind=kind, signers=signer(by), subject="credit-scoring")

    def make(self, *approvals: ApprovalLine) -> bytes:
        entries, citations = [self.ledger.entry(index) for index in CITED], Citations()
        body = parse_markdown(
            f"::: slot id=one kind=derived\nWords {citations.cite(entries)}.\n:::\n\n"
            + "\n\n".join(str(citations.register(entry)) for entry in entries)
        )
        return write_word(body, info(origin=self.ledger.origin, approvals=approvals))

    @property
    def digest(self) -> str:
        carrier = find_carrier(self.document)
        assert carrier is not None
        return str(carrier["content_digest"])

    def publication(self, state: str, **more: Any) -> Any:
        file = {"format": "docx", "digest": sha256(self.document).hexdigest(), "size": len(self.document)}
        body = {
            "document": "doc", "version": "1", "language": "en", "state": state, "content_digest": self.digest,
            "checkpoint": {"size": 5, "root": "00" * 32}, **({"files": [file]} if state == "published" else {}),
        }  # fmt: skip
        return self.record("publication", body | more, "compliance")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


def sealed(office: Office) -> bytes:
    return seal_document(office.ledger, office.document, office.publication_entry.index)


def test_a_seal_carries_publication_approvals_submissions_and_the_key_history(office: Office) -> None:
    seal = make_seal(office.ledger, office.document, office.publication_entry.index)
    kinds = {index: parse_statement(parse_leaf(leaf).envelope.payload).kind for index, leaf in seal.leaves}

    assert seal.publication == office.publication_entry.index
    assert (seal.approvals, seal.submissions) == ((office.approval.index,), (office.submission.index,))
    assert {index for index, kind in kinds.items() if kind in ("ledger", "key")} == set(range(7))
    assert [index for index, _ in seal.cited] == list(CITED)
    assert seal.file_digest == sha256(office.document).hexdigest()


def test_one_proof_leads_from_all_of_it_to_the_root_that_the_note_signs(office: Office) -> None:
    seal = make_seal(office.ledger, office.document, office.publication_entry.index)
    _, size, root, *_ = parse_note(seal.checkpoint).text.split("\n")

    found = root_of_leaves(list(seal.hashes), list(seal.hashes.values()), int(size), seal.proof)

    assert format_base64(found) == root


def test_leaves_survive_the_file_to_the_byte_whatever_people_wrote_in_them(office: Office) -> None:
    payload = find_seal(sealed(office))
    assert payload is not None

    for index, leaf in parse_seal(payload).leaves:
        assert leaf == office.ledger.leaf(index)
    assert take_seal(sealed(office)) == office.document


def test_the_seal_takes_the_checkpoint_that_most_witnesses_cosigned(office: Office) -> None:
    anchor(office.harness)
    office.record("oversight_action", oversight(9), "overseer")

    seal = make_seal(office.ledger, office.document, office.publication_entry.index)

    assert len(parse_note(seal.checkpoint).signatures) > 1
    assert parse_note(seal.checkpoint).text.split("\n")[1] == str(office.publication_entry.index + 1)


def test_a_file_is_sealed_only_by_the_entry_that_published_it(office: Office) -> None:
    with pytest.raises(DocgenError, match="publishes nothing"):
        make_seal(office.ledger, office.document, office.approval.index)
    with pytest.raises(DocgenError, match="publishes nothing"):
        make_seal(office.ledger, office.document, office.submission.index)
    with pytest.raises(DocgenError, match=r"entry \d+ published"):
        make_seal(office.ledger, office.make(), office.publication_entry.index)
    with pytest.raises(DocgenError, match=r"entry \d+ published"):
        make_seal(office.ledger, sealed(office), office.publication_entry.index)


def test_a_publication_of_other_content_than_the_file_has_does_not_seal_it(office: Office) -> None:
    wrong = office.publication("published", content_digest="ab" * 32, version="2")

    with pytest.raises(DocgenError, match="publishes other content than the file says"):
        make_seal(office.ledger, office.document, wrong.index)


def test_a_document_that_cites_what_the_ledger_does_not_have_is_not_sealed(office: Office) -> None:
    forged = Cited(3)  # whose hash is of the digit, and no leaf's
    citations = Citations()
    body = parse_markdown(f"x {citations.cite([forged])}\n\n{citations.register(forged)}\n")
    office.document = write_word(body, info(origin=office.ledger.origin))
    entry = office.publication("published", version="2")

    with pytest.raises(DocgenError, match=r"cites entry 3 as .*, which is not what the ledger has"):
        make_seal(office.ledger, office.document, entry.index)


def test_without_a_checkpoint_over_it_nothing_is_sealed(office: Office) -> None:
    with office.harness.tampering() as connection:
        connection.execute("DELETE FROM checkpoint WHERE size > ?", (office.publication_entry.index,))

    with pytest.raises(Refused, match="no checkpoint covers entry"):
        make_seal(office.ledger, office.document, office.publication_entry.index)


def test_formatting_and_parsing_are_inverse(office: Office) -> None:
    seal = make_seal(office.ledger, office.document, office.publication_entry.index)

    assert parse_seal(format_seal(seal)) == seal


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "a member too few": lambda p: p.pop("cited"),
    "a member too many": lambda p: p.update(x=1),
    "another version": lambda p: p.update(v=2),
    "a truth for a number": lambda p: p.update(publication=True),
    "a publication that is not carried": lambda p: p.update(publication=4096),
    "a negative index": lambda p: p.update(approvals=[-1]),
    "an approval twice": lambda p: p.update(approvals=p["approvals"] * 2),
    "leaves in another order": lambda p: p.update(leaves=p["leaves"][::-1]),
    "a leaf that is no text": lambda p: p["leaves"].__setitem__(0, [0, 7]),
    "a leaf without its index": lambda p: p["leaves"].__setitem__(0, [0]),
    "a citation in capitals": lambda p: p["cited"].__setitem__(0, [3, "AB" * 32]),
    "a citation too short": lambda p: p["cited"].__setitem__(0, [3, "ab"]),
    "a proof that is no base64": lambda p: p.update(proof="!"),
    "base64 with bits to spare": lambda p: p.update(proof="AB=="),
    "a checkpoint that is no text": lambda p: p.update(checkpoint=None),
    "a file without a size": lambda p: p.update(file={"digest": "ab" * 32}),
    "a size that is a text": lambda p: p.update(file={"digest": "ab" * 32, "size": "1"}),
    "a digest of something else": lambda p: p.update(content_digest="ab"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_not_a_seal_is_refused(office: Office, case: str) -> None:
    payload = format_seal(make_seal(office.ledger, office.document, office.publication_entry.index))
    SPOILT[case](payload)

    with pytest.raises(DocgenError, match="the seal of the document is damaged"):
        parse_seal(payload)


def test_a_citation_that_contradicts_a_leaf_carried_is_refused() -> None:
    seal = Seal("ab" * 32, "cd" * 32, 1, b"", 0, (), (), ((0, b"{}"),), ((0, bytes(32)),), b"")

    with pytest.raises(DocgenError, match="cites entry 0 as 00000000 and carries another"):
        _ = seal.hashes


def test_the_page_on_formats_lists_exactly_the_members_of_seal_and_carrier(office: Office) -> None:
    page = (Path(__file__).parents[3] / "docs" / "FORMAT.md").read_text(encoding="utf-8")
    section = page.split("## 21 Sealed documents")[1]
    listed = re.findall(r"^\| `(\w+)` \|", section.split("### Seal")[1].split("###")[0], re.MULTILINE)
    seal = format_seal(make_seal(office.ledger, office.document, office.publication_entry.index))
    carrier = find_carrier(office.document)
    assert carrier is not None

    assert sorted(listed) == sorted(seal)
    assert [name for name in carrier if f"`{name}`" not in section] == []
    assert [name for name in carrier["document"] if f"`{name}`" not in section] == []
