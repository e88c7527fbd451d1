"""Signing keys by name: found in the key folder, opened with a passphrase that never stands in an argument.

The passphrase comes from the file given with --passphrase-file, else from AIMS_PASSPHRASE, else it is asked
for when a person sits at the terminal.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.lazy import perhaps
from cli.project import key_folder
from cli.screen import interactive
from ledger.errors import BadInput, FormatError

if TYPE_CHECKING:
    from ledger import Ed25519Signer
    from ledger.authority import Authority
    from ledger.keystore import KeyStore, StoredKey


class Keyring:
    """The keys of the key folder, opened as they are needed; each passphrase is asked for once."""

    def __init__(self, passphrase_file: Path | None = None) -> None:
        from ledger.keystore import KeyStore

        self.store: KeyStore = KeyStore(key_folder())
        self._given = _given_passphrase(passphrase_file)
        self._typed: list[str] = []

    def signer(self, name: str) -> Ed25519Signer:
        """The signer called `name`.

        Raises:
            BadInput: if there is no such key, no passphrase, or a wrong one.
        """
        known = [key.name for key in self.store.list()]
        if name not in known:
            raise BadInput(
                f"key {name!r}: not in {self.store.folder}{perhaps(name, known)}, "
                f"which has {', '.join(known) or 'no keys'}",
                remedy=f"make it with 'aims key new {name}', or set AIMS_KEYS",
            )
        if self._given is not None:
            return self._open(name, self._given)
        for typed in self._typed:  # people often have one passphrase for several keys
            try:
                return self._open(name, typed)
            except BadInput:
                continue
        typed = _ask(f"Passphrase of key {name}", confirm=False)
        signer = self._open(name, typed)
        self._typed.append(typed)
        return signer

    def signers(self, names: Sequence[str]) -> list[Ed25519Signer]:
        """The signers called `names`, in that order.

        Raises:
            BadInput: as `signer`, or for a name given twice.
        """
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"key {name}: given twice", remedy="each signer signs once")
        return [self.signer(name) for name in names]

    def create(self, name: str) -> Ed25519Signer:
        """A new key called `name`.

        Raises:
            BadInput: if the name is taken or malformed, or there is no passphrase.
        """
        if name in (key.name for key in self.store.list()):
            raise BadInput(f"key {name}: exists already", remedy="choose another name; a key is never overwritten")
        passphrase = self._given
        if passphrase is None:
            passphrase = self._typed[-1] if self._typed else _ask(f"Passphrase for the new key {name}", confirm=True)
            self._typed.append(passphrase)
        return self.store.create(name, passphrase)

    def checkpoint_key(self, authority: Authority, size: int) -> StoredKey | None:
        """The key of this folder that signs checkpoints of a ledger of `size` entries, if it is here."""
        current = {key.vkey.public_key for key in authority.checkpoint_keys if size <= key.end}
        return next((key for key in self.store.list() if key.public_key in current), None)

    def can_open(self) -> bool:
        """Whether keys can be opened without or with asking."""
        return self._given is not None or bool(self._typed) or interactive()

    def _open(self, name: str, passphrase: str) -> Ed25519Signer:
        try:
            return self.store.load(name, passphrase)
        except FormatError as error:
            raise BadInput(
                f"key {name}: does not open with this passphrase", remedy="give the passphrase it was made with"
            ) from error


def _given_passphrase(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get("AIMS_PASSPHRASE")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"passphrase file {file}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"passphrase file {file}: not UTF-8 text", remedy="put the passphrase in one line") from error
    passphrase = text.removesuffix("\n").removesuffix("\r")
    if not passphrase or "\n" in passphrase:
        raise BadInput(f"passphrase file {file}: expected the passphrase in one line")
    return passphrase


def _ask(question: str, *, confirm: bool) -> str:
    if not interactive():
        raise BadInput(
            f"{question[0].lower()}{question[1:]}: none given, and nobody to ask",
            remedy="set AIMS_PASSPHRASE or give --passphrase-file",
        )
    answer: str = click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
