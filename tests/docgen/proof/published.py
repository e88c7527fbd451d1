"""A document that was approved, published and sealed in a real ledger, cosigned by a witness."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from docgen.functions import Citations
from docgen.info import ApprovalLine
from docgen.markdown import parse_markdown
from docgen.sealing import seal_document
from docgen.tree import Body
from docgen.view import view_ledger
from docgen.word import find_carrier, write_word
from ledger.cosignature import cosigner_key
from ledger.note import format_vkey
from ledger.policy import REFUSED, WAIVED, Policy
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.docgen.samples import PICTURES, info
from tests.ledger.anchored import WITNESS, anchor
from tests.ledger.harness import Harness, oversight, signer

CITED = (3, 7)
TEXT = """# First {{id=first}}

::: slot id=first kind=derived
The score rests on {cited}.
:::

::: slot id=first.text kind=human
A person wrote **this**.
:::

# Second {{id=second}}

::: status word="provided"
{cited}
:::

| Name | Value |
|---|--:|
| Cases | 1000 |

![A grey box](image:chart "Boxes")

# Register

{register}
"""


class Published:
    """A ledger that published one document; `data` is the sealed file."""

    def __init__(self, folder: Path, *, approved: bool = True, alone: bool = False) -> None:
        self.harness = Harness.create(folder, policy=Policy(self_approval=WAIVED if alone else REFUSED))
        self.ledger = self.harness.ledger
        for number in range(4):
            self.record("oversight_action", oversight(number), "overseer")
        self.view = view_ledger(self.ledger)
        self.bare = self.write()
        approvals = []
        if approved:
            submitted = self.publication("in_review", by="approver" if alone else "compliance")
            about = [{"rel": "approves", "statement": submitted.statement}]
            body = {"decision": "approved", "scope": "document", "digest": self.digest, "document": "doc"}
            approvals = [self.record("approval", {**body, "references": about}, "approver")]
        lines = [ApprovalLine(one.index, one.leaf_hash.hex(), "A", "2026-11-23") for one in approvals]
        self.bare = self.write(*lines)
        self.entry = self.publication("published", approvals=[one.statement for one in approvals])
        anchor(self.harness)
        self.data = seal_document(self.ledger, self.bare, self.entry.index)

    def record(self, kind: str, body: dict[str, Any], by: str) -> Any:
        return self.ledger.record(body, kind=kind, signers=signer(by), subject="credit-scoring")

    def body(self) -> Body:
        entries, citations = [self.ledger.entry(index) for index in CITED], Citations()
        cited = citations.cite(entries)
        register = "\n\n".join(str(citations.register(entry)) for entry in entries)
        return parse_markdown(TEXT.format(cited=cited, register=register))

    def write(self, *approvals: ApprovalLine) -> bytes:
        checkpoint = self.view.checkpoint
        state = "published" if approvals else "draft"
        control = info(
            id="doc", title="The document", number="D-1", version="1", origin=self.ledger.origin, approvals=approvals,
            checkpoint_size=checkpoint.size, checkpoint_root=checkpoint.root, state=state,
        )  # fmt: skip
        return write_word(self.body(), control, pictures=PICTURES)

    @property
    def digest(self) -> str:
        carrier = find_carrier(self.bare)
        assert carrier is not None
        return str(carrier["content_digest"])

    def publication(self, state: str, *, by: str = "compliance", **more: Any) -> Any:
        file = {"format": "docx", "digest": sha256(self.bare).hexdigest(), "size": len(self.bare)}
        checkpoint = self.view.checkpoint
        body = {
            "document": "doc", "version": "1", "language": "en", "state": state, "content_digest": self.digest,
            "number": "D-1", "title": "The document",
            "checkpoint": {"size": checkpoint.size, "root": checkpoint.root.hex()},
            **({"files": [file]} if state == "published" else {}),
        }  # fmt: skip
        return self.record("publication", body | {k: v for k, v in more.items() if v}, by)

    def trust(self, *, key: str = "", witness: str = "witness", quorum: str = "w") -> TrustPolicy:
        """A trust file with the ledger's checkpoint key and one witness."""
        vkey = key or self.ledger.authority.checkpoint_keys[0].text
        lines = [f"log {vkey}", f"witness w {format_vkey(cosigner_key(WITNESS, signer(witness)))}", f"quorum {quorum}"]
        return parse_trust_policy("".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        self.ledger.close()
