"""A witness put together from the files and keys that a command line names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import BadInput, StoreError

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger.witness.server import WitnessServer
    from ledger.witness.witness import Witness


def open_witness(
    db: Path, keys: Sequence[Path], logs: Sequence[str], keyring: Keyring, clock: Callable[[], int]
) -> Witness:
    """The witness whose memory is `db`, with the keys in the files `keys`, for the logs with the vkeys `logs`.

    Raises:
        BadInput, StoreError: if a file can't be used, the keys are not those of this witness, or a vkey is none.
    """
    from ledger.note import parse_vkey
    from ledger.witness.keyfile import read_key
    from ledger.witness.records import Records, check_cosigners
    from ledger.witness.witness import Witness

    records = Records.open(db)
    signers = {s.public_key: s for s in (read_key(file, keyring.passphrase(f"key {file}")) for file in keys)}
    known = records.cosigners()
    check_cosigners(known, list(signers), db)
    return Witness(records, [parse_vkey(log) for log in logs], [(key, signers[key.public_key]) for key in known], clock)


def listening(address: tuple[str, int], witness: Witness) -> WitnessServer:
    """A server of the witness that listens at `address`.

    Raises:
        StoreError: if it can't.
    """
    from ledger.witness.server import WitnessServer

    try:
        return WitnessServer(address, witness)
    except OSError as error:
        raise StoreError(
            f"witness: can't listen on {address[0]}:{address[1]}: {error.strerror or error}",
            remedy="choose another address with --listen",
        ) from error


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; an IPv6 address stands in brackets.

    Raises:
        BadInput: for another form.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise BadInput(f"address {text!r}: expected HOST:PORT, like 127.0.0.1:8080")
    return host, int(port)
