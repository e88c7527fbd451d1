"""`aims witness` and its commands."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import click

from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import passphrase_option
from cli.screen import note, out
from cli.signers import Keyring

_HERE: Final = "cli.commands.witness"

SECTIONS: Final = {
    "Commands": (
        Listed("new", _HERE, "Make a witness: its file and its keys."),
        Listed("serve", _HERE, "Answer the logs that this witness watches."),
    )
}

db_option = click.option(
    "--db", metavar="FILE", required=True, type=click.Path(path_type=Path), help="What the witness remembers."
)


@click.group("witness", cls=LazyGroup, sections=SECTIONS)
def witness() -> None:
    """Be a witness for the ledgers of others (C2SP tlog-witness).

    A witness cosigns a checkpoint only after a proof that it continues the last one it cosigned, so that its
    operator can't show different histories to different people. It is worth something where somebody else than
    the ledger's operator runs it. Its file must never be put back from a backup: it would cosign a fork.
    """


@aims_command(
    "new",
    examples=(
        (
            "a witness with a key of each kind; prints what goes into trust policies",
            "aims witness new witness.example/w1 --db witness.db --key w1.pem --ml-dsa-key w1-mldsa.pem",
        ),
    ),
    exits=(0, 2),
)
@click.argument("name", metavar="NAME")
@db_option
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path), help="Make an Ed25519 key in this file.")
@click.option(
    "--ml-dsa-key", metavar="FILE", type=click.Path(path_type=Path), help="Make an ML-DSA-44 key in this file."
)
@passphrase_option
def new(name: str, db: Path, key: Path | None, ml_dsa_key: Path | None, passphrase_file: Path | None) -> None:
    """Make a witness: its file and its keys.

    NAME is a URL without scheme. Prints the verifier keys, one a line, as a trust policy names them.
    """
    from ledger.cosignature import MlDsa44Signer, cosigner_key
    from ledger.note import format_vkey
    from ledger.signing import Ed25519Signer
    from ledger.witness.keyfile import CosignerKey, write_key
    from ledger.witness.records import Records

    if key is None and ml_dsa_key is None:
        raise click.UsageError("--key or --ml-dsa-key: expected at least one")
    signers: list[tuple[Path, CosignerKey]] = []
    if key:
        signers.append((key, Ed25519Signer.generate()))
    if ml_dsa_key:
        signers.append((ml_dsa_key, MlDsa44Signer.generate()))
    vkeys = [cosigner_key(name, signer) for _, signer in signers]
    passphrase = Keyring(passphrase_file).passphrase("the new witness's keys", confirm=True)
    for file, signer in signers:
        write_key(file, signer, passphrase)
    Records.create(db, vkeys)
    for vkey in vkeys:
        out(format_vkey(vkey))


@aims_command(
    "serve",
    examples=(
        (
            "for one ledger, behind a proxy that ends TLS",
            "aims witness serve --db witness.db --key w1.pem --log bank.example/aims/4f1d0c9a8b7e6d5c+ee55e8f6+AXnG…",
        ),
    ),
    exits=(0, 2),
)
@db_option
@click.option(
    "--key", "keys", metavar="FILE", multiple=True, required=True, type=click.Path(path_type=Path),
    help="A key of this witness; give all of them.",
)  # fmt: skip
@click.option(
    "--log", "logs", metavar="VKEY", multiple=True, required=True,
    help="Verifier key of a log to watch ('aims checkpoint --pin' prints it); may be repeated.",
)  # fmt: skip
@click.option(
    "--listen", metavar="HOST:PORT", default="127.0.0.1:8080", show_default=True, help="Where to answer; port 0: any."
)
@passphrase_option
def serve(db: Path, keys: tuple[Path, ...], logs: tuple[str, ...], listen: str, passphrase_file: Path | None) -> None:
    """Answer the logs that this witness watches.

    POST /add-checkpoint, and GET /<SHA-256 of the origin>/checkpoint for those who monitor. What is cosigned is on
    record, on disk, before it is answered. Runs until it is interrupted.
    """
    from cli.witnessing import listening, open_witness, parse_address

    address, keyring = parse_address(listen), Keyring(passphrase_file)
    opened = open_witness(db, keys, logs, keyring, lambda: int(time.time()))
    with listening(address, opened) as server:
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        note(f"listening on http://{host}:{server.port}/")
        server.serve_forever()
