"""`aims key` and its commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from cli.checkpoints import adoption_options, adoption_policy, check_adoption, read_note
from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import Common, appending_options, json_option, ledger_option, open_for_reading, passphrase_option
from cli.receipts import out_receipt
from cli.rotation import REASON, Adopted, find_checkpoint_key, rotate_checkpoint_key
from cli.screen import joined, out_json, out_rows
from cli.signers import Keyring

_HERE: Final = "cli.commands.key"

SECTIONS: Final = {
    "Commands": (
        Listed("new", _HERE, "Make a key."),
        Listed("link", _HERE, "Call a key on a hardware token by a name."),
        Listed("list", _HERE, "List the keys of this user, and those enrolled in the ledger.", "list_keys"),
        Listed("enroll", _HERE, "Let a key sign in the ledger."),
        Listed("rotate", _HERE, "Replace an enrolled key by a new one of the same principal, or a checkpoint key."),
        Listed("revoke", _HERE, "End a key; what it signed stays valid."),
        Listed("compromise", _HERE, "Report that a key was no longer safe from some time on."),
    )
}

as_option = click.option(
    "--as", "admins", metavar="KEY", multiple=True, required=True, help="Key of an administrator; may be repeated."
)


@click.group("key", cls=LazyGroup, sections=SECTIONS)
def key() -> None:
    """Make, enrol, rotate, revoke and list signing keys.

    Private keys lie encrypted in AIMS_KEYS (default: the user's configuration folder), one file a key. A key is
    named on the command line by its file name, or, where it is not one's own, by the first digits of its id. Where
    a command signs with a key, the pkcs11: URI of one on a hardware token can stand for it (RFC 7512).
    """


@aims_command("new", examples=(("two keys", "aims key new anna pipeline"),), exits=(0, 2))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@passphrase_option
@json_option
def new(names: tuple[str, ...], passphrase_file: Path | None, as_json: bool) -> None:
    """Make a key.

    Each NAME gets an Ed25519 key, encrypted under the passphrase. It signs nothing before it is enrolled.
    """
    from ledger.signing import key_id

    keyring = Keyring(passphrase_file)
    made = [(name, key_id(keyring.create(name).public_key)) for name in names]
    if as_json:
        out_json([{"name": name, "keyid": keyid} for name, keyid in made])
    else:
        out_rows(made)


@aims_command(
    "link",
    examples=(
        (
            "a checkpoint key that can't be copied",
            (
                "export AIMS_PKCS11_MODULE=/usr/lib/softhsm/libsofthsm2.so\n"
                "aims key link hsm-checkpoint 'pkcs11:token=aims;object=checkpoint' --generate"
            ),
        ),
    ),
    exits=(0, 2),
)
@click.argument("name")
@click.argument("uri")
@click.option("--generate", is_flag=True, help="Make the key on the token first; it can't be read out of it.")
@json_option
def link(name: str, uri: str, generate: bool, as_json: bool) -> None:
    """Call a key on a hardware token by a name.

    URI is a pkcs11: URI (RFC 7512) with token and object, or serial and id, of an Ed25519 key; AIMS_PKCS11_MODULE or
    its module-path names the PKCS#11 module of the token's maker. From now on NAME stands for it in every command.
    The PIN comes from AIMS_PIN, or is asked for; it is tried once.
    """
    from ledger.keys.keyuri import parse_key_uri
    from ledger.signing import key_id

    keyid = key_id(Keyring().link(name, parse_key_uri(uri), generate=generate).public_key)
    if as_json:
        out_json({"name": name, "keyid": keyid})
    else:
        out_rows([(name, keyid)])


@aims_command("list", examples=(("keys here and in the ledger", "aims key list"),), exits=(0, 2))
@ledger_option
@json_option
def list_keys(location: str | None, as_json: bool) -> None:
    """List the keys of this user, and those enrolled in the ledger.

    Without a ledger, the keys of this user alone. A key of somebody else has no name here.
    """
    from cli.keylist import key_rows

    rows = key_rows(location)
    if as_json:
        out_json(rows)
    else:
        out_rows(
            (row["name"] or "-", row["keyid"][:16], row["principal"] or "-", joined(row["roles"]) or "-", row["state"])
            for row in rows
        )


@aims_command(
    "enroll",
    examples=(
        (
            "a pipeline",
            (
                "aims key enroll pipeline --principal p-training --role pipeline \\\n"
                "    --source https://bank.example/training --as admin"
            ),
        ),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("name")
@click.option("--principal", required=True, help="Whose key it is, a pseudonym; two keys of one principal count once.")
@click.option("--principal-name", help="The name behind the pseudonym; it can be erased.")
@click.option("--role", "roles", multiple=True, required=True, help="What it may be used for; may be repeated.")
@click.option(
    "--source", "sources", metavar="URI", multiple=True, required=True, help="What it may speak for; may be repeated."
)
@as_option
@appending_options
@json_option
def enroll(
    name: str, principal: str, principal_name: str | None, roles: tuple[str, ...], sources: tuple[str, ...],
    admins: tuple[str, ...], common: Common,
) -> None:  # fmt: skip
    """Let a key sign in the ledger.

    NAME is a key of this user; it signs its own enrolment beside the administrators, as proof of possession. For a
    principal that has had a key before, one of theirs in force signs too (--as), or as many administrators as the
    quorum: nobody gets a key in a colleague's name.
    Roles: pipeline, overseer, compliance, approver, investigator, auditor, admin.
    """
    keyring = common.keyring()
    holder, signers = keyring.signer(name), keyring.signers(admins)
    with common.open(keyring) as opened:
        receipt = opened.ledger.enroll(
            holder, principal=principal, principal_name=principal_name, roles=roles, sources=sources, admins=signers
        )
        out_receipt(opened.sign([receipt])[0], f"key {name} enrolled", as_json=common.as_json)


@aims_command(
    "rotate",
    examples=(
        ("a yearly change", "aims key rotate anna anna-2027 --as admin"),
        ("checkpoints signed by a token from now on", "aims key rotate evidence-checkpoint hsm-checkpoint --as admin"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("old")
@click.argument("new_name", metavar="NEW")
@click.option("--reason", default=REASON, show_default=True, help="Why a checkpoint key is replaced; no personal data.")
@click.option(
    "--adopt",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where a checkpoint key is lost: continue from this.",
)
@adoption_options
@as_option
@appending_options
@json_option
def rotate(
    old: str, new_name: str, reason: str, adopt: Path | None, trust: Path | None, unwitnessed: bool,
    admins: tuple[str, ...], common: Common,
) -> None:  # fmt: skip
    """Replace an enrolled key by a new one of the same principal, or a checkpoint key.

    NEW is a key of this user, with the roles and sources of OLD from now on. OLD ends; where the quorum is
    more than one, it signs too (--as), or as many administrators as the quorum. If OLD signs checkpoints, two
    entries add NEW and retire OLD, which signs a last checkpoint between them; where OLD is lost, --adopt names the
    newest one that witnesses cosigned, or with --unwitnessed one that somebody kept.
    """
    from cli.keylist import rotation

    keyring = common.keyring()
    with open_for_reading(common.location) as ledger:
        signs_checkpoints = find_checkpoint_key(ledger, keyring, old)
    holder, signers = keyring.signer(new_name), keyring.signers(admins)
    if signs_checkpoints is not None:
        check_adoption(adopt, trust, unwitnessed=unwitnessed)
        handed = None if adopt is None else Adopted(read_note(adopt), adoption_policy(trust), unwitnessed)
        receipt = rotate_checkpoint_key(common.location, keyring, signs_checkpoints, holder, signers, handed, reason)
        out_receipt(replace(receipt, state="checkpointed"), f"checkpoint key {old} rotated", as_json=common.as_json)
        return
    if adopt is not None:
        raise click.UsageError("--adopt: expected OLD to be a checkpoint key")
    with common.open(keyring) as opened:
        data = rotation(opened.ledger, keyring, old, holder)
        receipt = opened.ledger.record(data, kind="key", subject="ledger", signers=[*signers, holder])
        out_receipt(opened.sign([receipt])[0], f"key {old} rotated", as_json=common.as_json)


@aims_command(
    "revoke",
    examples=(("somebody left", 'aims key revoke ben --reason "left on 30 November" --as admin'),),
    exits=(0, 1, 2, 3),
)
@click.argument("name", metavar="KEY")
@click.option("--reason", required=True, help="Why; it is kept, so no personal data.")
@as_option
@appending_options
@json_option
def revoke(name: str, reason: str, admins: tuple[str, ...], common: Common) -> None:
    """End a key; what it signed stays valid.

    KEY is a name in the key folder or the first digits (at least 8) of a key id.
    """
    _end(name, {"action": "revoked", "reason": reason}, admins, common)


@aims_command(
    "compromise",
    examples=(
        ("a stolen laptop", 'aims key compromise ben --since 2026-11-20T18:00:00Z --reason "laptop stolen" --as admin'),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("name", metavar="KEY")
@click.option("--since", required=True, metavar="TIME", help="From when on it was no longer safe, with the zone.")
@click.option("--reason", required=True, help="Why; it is kept, so no personal data.")
@as_option
@appending_options
@json_option
def compromise(name: str, since: str, reason: str, admins: tuple[str, ...], common: Common) -> None:
    """Report that a key was no longer safe from some time on.

    The key ends. Entries that it signed read `key compromised` unless they were in a witnessed checkpoint
    before that time.
    """
    from cli.moments import format_moment, parse_moment

    data = {"action": "compromised", "since": format_moment(parse_moment(since)), "reason": reason}
    _end(name, data, admins, common)


def _end(name: str, data: dict[str, str], admins: tuple[str, ...], common: Common) -> None:
    from cli.keylist import find_keyid

    keyring = common.keyring()
    signers = keyring.signers(admins)
    with common.open(keyring) as opened:
        keyid = find_keyid(opened.ledger, keyring, name)
        receipt = opened.ledger.record({**data, "keyid": keyid}, kind="key", subject="ledger", signers=signers)
        out_receipt(opened.sign([receipt])[0], f"key {name} {data['action']}", as_json=common.as_json)
