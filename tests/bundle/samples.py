"""A small ledger with everything in it that a bundle can carry, made by the program, and its bundles.

Nothing is fixed but the keys: origin and ids are new in each run. `Samples.make` founds the ledger, `bundle` writes one
bundle of it, `every_bundle` a whole set; `trust` are trust files that go with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ledger.bundle import Request, write_bundle
from ledger.cosignature import MlDsa44Signer, cosigner_key, sign_cosignature
from ledger.note import Note, VerifierKey, format_note, format_vkey, parse_note
from ledger.policy import Policy
from ledger.signing import key_id
from ledger.statement import LEDGER
from ledger.store.anchors import add_cosignature, add_timestamp
from tests.ledger.harness import (
    SECOND,
    SUBJECT,
    Harness,
    approval,
    decision,
    decision_about,
    enrolment,
    oversight,
    signer,
)

OTHER = "fraud-detection"
WITNESSES = ("witness.example/one", "witness.example/two")
ML_DSA = "witness.example/lattice"


@dataclass(slots=True)
class Samples:
    """The ledger, where its bundles go, and the places of what is worth asking for."""

    harness: Harness
    folder: Path
    places: dict[str, int]

    @classmethod
    def make(cls, folder: Path) -> Samples:
        """The ledger below `folder`, everything recorded and anchored."""
        harness = Harness.create(folder, policy=Policy(principals={"erasure": 2}), admins=2)
        samples = cls(harness, folder, {})
        samples._record()
        return samples

    def bundle(self, name: str, request: Request) -> Path:
        """The bundle of a request, written to a new file called `name`."""
        path = self.folder / f"{name}.zip"
        write_bundle(self.harness.ledger.backend, request, path)
        return path

    def requests(self) -> dict[str, Request]:
        """A request of every sort, by name."""
        system = Request(subject=SUBJECT)
        middle = replace(system, start=self.recorded("first decision") + 1, until=self.recorded("old key"))
        stolen, corrected = self.places["stolen"], self.places["corrected"]
        return {
            "system": system,
            "disclosed": replace(system, disclose=True, attachments=True),
            "attachments": replace(system, attachments=True),
            "time": middle,
            "kind": Request(kind="oversight_action"),
            "other": Request(subject=OTHER, disclose=True, attachments=True),
            "incident": Request(incident="incident-1"),
            "control": Request(control="A.6.2.4"),
            "entries": Request(entries=((corrected, ""), (stolen, ""))),
            "keys": Request(subject=LEDGER),
            "small": Request(subject=SUBJECT, checkpoint=self.places["old key"] + 1),
        }

    def every_bundle(self) -> dict[str, Path]:
        """The bundle of every request."""
        return {name: self.bundle(name, request) for name, request in self.requests().items()}

    def trust(self, *, witnesses: tuple[str, ...] = WITNESSES, quorum: str = "all", log: bool = True) -> bytes:
        """A trust file: the ledger's checkpoint keys, some witnesses, and how many of them must have signed."""
        lines = [f"log {key.text}" for key in self.harness.ledger.authority.checkpoint_keys] if log else []
        lines += [f"witness w{n} {format_vkey(witness_key(name))}" for n, name in enumerate(witnesses)]
        if witnesses and quorum != "none":
            lines.append(f"group outsiders {quorum} {' '.join(f'w{n}' for n in range(len(witnesses)))}")
        lines.append("quorum outsiders" if witnesses and quorum != "none" else "quorum none")
        return ("\n".join(lines) + "\n").encode()

    def recorded(self, place: str) -> int:
        """The leaf time of a named place."""
        from ledger.leaf import parse_leaf

        return parse_leaf(self.harness.ledger.leaf(self.places[place])).links.time

    def cosign(self, *names: str, at: int | None = None) -> None:
        """Have witnesses cosign the newest checkpoint, at a time in seconds."""
        seconds = at or self.harness.clock() // SECOND
        note = self.harness.ledger.newest_checkpoint()
        assert note is not None
        parsed = parse_note(note)
        for name in names:
            line = sign_cosignature(parsed.text, name, witness_signer(name), seconds)
            own = parsed.signatures[:1]
            key = witness_key(name)
            with self.harness.ledger.backend.writing("a cosignature") as connection:
                add_cosignature(
                    connection, size=int(parsed.text.split("\n")[1]), witness=f"{key.name}+{key.key_id.hex()}",
                    note=format_note(Note(parsed.text, (*own, line))), received=self.harness.clock(),
                )  # fmt: skip

    def stamp(self, token: bytes, authority: str = "https://tsa.example/") -> None:
        """Store a time stamp of the newest checkpoint."""
        note = self.harness.ledger.newest_checkpoint()
        assert note is not None
        with self.harness.ledger.backend.writing("a time stamp") as connection:
            add_timestamp(
                connection, size=int(parse_note(note).text.split("\n")[1]), authority=authority, note=note, token=token,
                received=self.harness.clock(),
            )  # fmt: skip

    # What happens

    def _record(self) -> None:
        h, places = self.harness, self.places
        places["first decision"] = h.record("ai_decision", decision_about("Ann Example", 1)).index
        places["erased"] = h.record("ai_decision", decision_about("Bob Example", 2)).index
        report = self._attached("report.txt", b"a report", personal=False)
        personal = self._attached("letter.txt", b"a letter from Ann", personal=True)
        erased = self._attached("old-letter.txt", b"a letter from Bob", personal=True)
        places["attached"] = h.record("ai_decision", decision(3, artefacts=[report, personal, erased])).index
        places["corrected"] = h.record("oversight_action", oversight(1), "overseer").index
        self._other_system()
        self._keys()
        corrected = h.entry(places["corrected"]).statement
        references = [{"rel": "corrects", "statement": corrected}]
        places["correction"] = h.record("oversight_action", oversight(1, references=references), "overseer").index
        places["approval"] = h.record("approval", approval(corrected), "approver").index
        places["erasure"] = h.erase(places["erased"]).receipt.index
        h.erase(places["attached"], attachments=[erased["digest"]])
        self.cosign(*WITNESSES)
        self.cosign(ML_DSA)
        places["last"] = h.record("ai_decision", decision_about("Cid Example", 7), "pipeline2").index
        self.cosign(*WITNESSES, ML_DSA)

    def _other_system(self) -> None:
        h, places = self.harness, self.places
        shared = self._attached("shared.bin", bytes(range(256)) * 40, personal=False)
        h.record("ai_decision", decision_about("Dora Example", 4, artefacts=[shared]), subject=OTHER)
        incident = {
            "incident_id": "incident-1", "title": "Wrong scores", "description": "Scores were wrong.",
            "status": "open", "serious": "no", "detected": "2026-11-23T09:00:00Z",
        }  # fmt: skip
        places["incident"] = h.record("incident", incident, "compliance", subject=OTHER).index
        control = {"source": "annex_a", "control_id": "A.6.2.4", "applicable": "yes"}
        places["control"] = h.record("control", control, "compliance", subject="management-system").index

    def _keys(self) -> None:
        h, places = self.harness, self.places
        old = h.ledger.authority.keys[key_id(signer("pipeline").public_key)]
        places["old key"] = h.record("ai_decision", decision(5)).index
        self.cosign(*WITNESSES)
        self.stamp(b"not a token, but bytes where one would be")
        rotated = {
            **enrolment("pipeline2", "pipeline", principal=old.principal), "action": "rotated",
            "replaces": old.keyid, "sources": sorted(old.sources),
        }  # fmt: skip
        places["rotation"] = h.record("key", rotated, ["admin", "pipeline2"]).index
        places["stolen"] = h.record("oversight_action", oversight(2), "overseer").index
        h.enrol("overseer2", "overseer", principal="overseer-1")
        gone = {"action": "revoked", "keyid": key_id(signer("auditor").public_key), "reason": "left"}
        places["revocation"] = h.record("key", gone, ["admin"]).index

    def compromise(self, name: str, since: str) -> int:
        """Report a key as compromised since an instant; the place of the entry."""
        body = {"action": "compromised", "keyid": key_id(signer(name).public_key), "since": since, "reason": "stolen"}
        return self.harness.record("key", body, ["admin"]).index

    def _attached(self, name: str, data: bytes, *, personal: bool) -> dict[str, Any]:
        path = self.folder / name
        path.write_bytes(data)
        artefact = self.harness.ledger.attach(path, role="record", personal=personal)
        return artefact.model_dump(exclude_none=True)


def witness_signer(name: str) -> Any:
    """The same key for the same witness in every run."""
    return MlDsa44Signer.from_seed(signer(name).sign(b"")[:32]) if name == ML_DSA else signer(name)


def witness_key(name: str) -> VerifierKey:
    """The verifier key of a witness."""
    return cosigner_key(name, witness_signer(name))
