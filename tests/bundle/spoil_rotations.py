"""Bundles across a rotation of the checkpoint key: lawful ones, and what only looks like one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.bundle.primitives import COSIGNED, ORIGIN, POLICY, instant, log_line, vkey, witness_line
from tests.bundle.spoil import TRUST, Case
from tests.bundle.spoil_keys import by, compromised, key, law, steps
from tests.bundle.workshop import Bundle, Places, Story, full, story

OLD = TRUST
NEW = POLICY.replace(vkey(ORIGIN, "checkpoint"), vkey(ORIGIN, "checkpoint2")).encode()
ADDED, RETIRED = Places.added_checkpoint, 27
SIZE = 29
Line = tuple[str, bytes]


def rotated_story() -> Story:
    """The story with the first checkpoint key retired at its end, and one entry after that."""
    made = story()
    retired = law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint"))
    steps(retired, by("pipeline2"))(made)
    return made


def rotated_bundle(signers: dict[int, str] | None = None, **changes: Any) -> Bundle:
    """The bundle of it, signed by the newer key; `signers` of older checkpoints where it is not the first key."""

    def signed(text: str) -> list[Line]:
        return [log_line(text, key="checkpoint2"), witness_line(text, "w1"), witness_line(text, "w2")]

    def older(text: str, size: int) -> list[Line]:
        name = (signers or {}).get(size, "checkpoint")
        return [log_line(text, key=name), witness_line(text, "w1", COSIGNED - 3_600)]

    return full(**{"story": rotated_story(), "signed": signed, "older": older, **changes})


def rotations() -> Iterator[Case]:
    """Trust files from before and after a rotation, and keys that sign where they may not."""
    for what, history, trust, sound in (
        ("the newer trust file", (5, 11, 24), NEW, True),
        ("the older trust file", (5, 11, 24), OLD, True),
        ("the older trust file, just enough", (ADDED + 1,), OLD, True),
        ("the older trust file, and no checkpoint after the new key", (5, ADDED), OLD, True),
        ("the older trust file, and no older checkpoint", (), OLD, False),
        ("the newer trust file, and no older checkpoint", (), NEW, True),
        ("no trust file", (5, 11, 24), None, True),
    ):
        yield Case(f"rotation: {what}", rotated_bundle(history=history).zip(), trust, sound=sound)
    for what, signers, history in (
        ("the new key before it was added", {5: "checkpoint2"}, (5, 11, 24)),
        ("the old key after its end", {}, (11, SIZE)),
        ("a key of nobody", {24: "other"}, (11, 24)),
        ("a founder's key", {24: "admin"}, (11, 24)),
    ):
        for trust in (OLD, NEW):
            name = "older" if trust == OLD else "newer"
            yield Case(
                f"rotation: signed by {what}, {name} trust file", rotated_bundle(signers, history=history).zip(), trust
            )
    other = rotated_bundle(older=lambda text, size: [log_line(text + "x", key="checkpoint")])
    yield Case("rotation: an old signature over another text, newer trust file", other.zip(), NEW)
    for what, signers_of in (("one of two admins", ["admin"]), ("no admin", ["pipeline"])):
        forged = rotated_story()
        forged.drafts[ADDED].signers = signers_of
        for trust in (OLD, NEW):
            name = "older" if trust == OLD else "newer"
            made = rotated_bundle(story=forged, history=(5, 11, 24))
            yield Case(f"rotation: forged, signed by {what}, {name} trust file", made.zip(), trust)
    for minutes, sound in ((180, True), (30, False)):
        stolen = rotated_story()
        key(compromised("overseer", instant(60 * minutes)), "admin")(stolen)
        one = NEW.replace(b"two 2", b"two 1")
        made = rotated_bundle(story=stolen, history=(24,))
        yield Case(f"rotation: a key compromised at minute {minutes}", made.zip(), one, sound=sound)
