"""Pins as files: what somebody who verifies needs to know beforehand, handed over by another way than the ledger.

One JSON object: ``origin``, ``genesis`` (hex of the leaf hash of entry 0) and ``vkeys`` (the verifier keys of
the first checkpoint keys, C2SP signed-note). ``seen``, a list of {``size``, ``root`` in hex, ``at``}, may add
checkpoints that the ledger must contain; the file of the state folder has the same form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.errors import BadInput

if TYPE_CHECKING:
    from ledger.memory import Pin

_MAX_BYTES: Final = 1 << 20


def pin_value(pin: Pin) -> dict[str, Any]:
    """A pin as JSON members."""
    return {
        "origin": pin.origin,
        "genesis": pin.genesis.hex(),
        "vkeys": list(pin.vkeys),
        "seen": [{"size": seen.size, "root": seen.root.hex(), "at": seen.at} for seen in pin.seen],
    }


def parse_pin(raw: bytes, what: str = "pin") -> Pin:
    """The pin in the bytes of a file; `what` names it.

    Raises:
        BadInput: if it is none.
    """
    from ledger.encoding import parse_hex
    from ledger.memory import Pin, Seen
    from ledger.note import parse_vkey
    from ledger.strictjson import parse_strict
    from ledger.times import parse_instant

    members = parse_strict(raw, what, max_bytes=_MAX_BYTES)
    try:
        if not {"origin", "genesis", "vkeys"} <= members.keys() <= {"origin", "genesis", "vkeys", "seen"}:
            raise KeyError(", ".join(members))
        for seen in members.get("seen", ()):
            parse_instant(seen["at"], what)
        for vkey in members["vkeys"]:
            parse_vkey(vkey)
        return Pin(
            origin=members["origin"] + "",
            genesis=parse_hex(members["genesis"], 32, what),
            vkeys=tuple(members["vkeys"]),
            seen=tuple(
                Seen(seen["size"] + 0, parse_hex(seen["root"], 32, what), seen["at"])
                for seen in members.get("seen", ())
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{what}: expected an object with origin, genesis and vkeys", remedy="'aims checkpoint --pin' prints one"
        ) from error
