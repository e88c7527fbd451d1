"""Signing keys by name: found in the key folder or on a token, opened with what never stands in an argument.

The passphrase of a file comes from the file given with --passphrase-file, else from AIMS_PASSPHRASE, else it is asked
for when a person sits at the terminal. The PIN of a token comes from AIMS_PIN, else it is asked for; it is in no file,
and tried once.
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
    from ledger import Signer
    from ledger.authority import Authority
    from ledger.keys.keystore import KeyStore, StoredKey
    from ledger.keys.keyuri import KeyUri


class Keyring:
    """The keys of the key folder and those on tokens, opened as they are needed; each secret is asked for once."""

    def __init__(self, passphrase_file: Path | None = None) -> None:
        from ledger.keys.keystore import KeyStore

        self.store: KeyStore = KeyStore(key_folder())
        self._given = _given_passphrase(passphrase_file)
        self._typed: list[str] = []
        self._pins: dict[str, str] = {}
        self._on_tokens: dict[KeyUri, Signer] = {}

    def signer(self, name: str) -> Signer:
        """The signer called `name`: a name of the key folder, or a ``pkcs11:`` URI.

        Raises:
            BadInput: if there is no such key or token, no passphrase or PIN, or a wrong one.
            StoreError: if a token can't be used.
        """
        from ledger.keys.keyuri import SCHEME, parse_key_uri

        if name.startswith(SCHEME):
            return self._on_token(parse_key_uri(name))
        known = [key.name for key in self.store.list()]
        if name not in known:
            raise BadInput(
                f"key {name!r}: not in {self.store.folder}{perhaps(name, known)}, "
                f"which has {', '.join(known) or 'no keys'}",
                remedy=f"make it with 'aims key new {name}', or set AIMS_KEYS",
            )
        if (uri := self.store.linked(name)) is not None:
            return self._linked(name, uri)
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

    def signers(self, names: Sequence[str]) -> list[Signer]:
        """The signers called `names`, in that order.

        Raises:
            BadInput: as `signer`, or for a name given twice.
        """
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"key {name}: given twice", remedy="each signer signs once")
        return [self.signer(name) for name in names]

    def create(self, name: str) -> Signer:
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

    def passphrase(self, what: str, *, confirm: bool = False) -> str:
        """The passphrase of a key that does not lie in the key folder; asked for once, where none is given.

        Raises:
            BadInput: if there is none, and nobody to ask.
        """
        if self._given is not None:
            return self._given
        if not self._typed:
            self._typed.append(_ask(f"Passphrase of {what}", confirm=confirm))
        return self._typed[-1]

    def link(self, name: str, uri: KeyUri, *, generate: bool) -> Signer:
        """A key on a token, from now on called `name`; made there first if it is to be generated.

        Raises:
            BadInput, StoreError: if the name is taken, or the token does not have or make the key.
        """
        from ledger.keys.pkcs11 import create_token_key

        if name in (key.name for key in self.store.list()):
            raise BadInput(f"key {name}: exists already", remedy="choose another name")
        signer = create_token_key(uri, self._pin(uri)) if generate else self._on_token(uri)
        self._on_tokens[uri] = signer
        self.store.link(name, uri, signer.public_key)
        return signer

    def checkpoint_key(self, authority: Authority) -> StoredKey | None:
        """The key of this folder that signs checkpoints now; of several the one that was added first."""
        here = {key.public_key: key for key in self.store.list()}
        current = (key.vkey.public_key for key in authority.checkpoint_keys if key.in_force)
        return next((here[public_key] for public_key in current if public_key in here), None)

    def can_open(self, name: str) -> bool:
        """Whether the key called `name` can be opened without or with asking."""
        if interactive():
            return True
        if self.store.linked(name) is not None:
            return "AIMS_PIN" in os.environ
        return self._given is not None or bool(self._typed)

    def _linked(self, name: str, uri: KeyUri) -> Signer:
        signer = self._on_token(uri)
        if signer.public_key not in (key.public_key for key in self.store.list() if key.name == name):
            raise BadInput(
                f"key {name}: the key on the token is another than {name}.pub says",
                remedy="name the key that was linked by its id, or link this one under a new name",
            )
        return signer

    def _on_token(self, uri: KeyUri) -> Signer:
        from ledger.keys.pkcs11 import open_token_key

        if uri not in self._on_tokens:
            self._on_tokens[uri] = open_token_key(uri, self._pin(uri))
        return self._on_tokens[uri]

    def _pin(self, uri: KeyUri) -> str:
        # A wrong PIN costs one of a few tries, so that one given for a token is never tried on another.
        token = uri.token or uri.serial
        if (given := os.environ.get("AIMS_PIN")) is not None:
            return given
        if token not in self._pins:
            self._pins[token] = _ask(f"PIN of token {token}", confirm=False, remedy="set AIMS_PIN")
        return self._pins[token]

    def _open(self, name: str, passphrase: str) -> Signer:
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


def _ask(
    question: str, *, confirm: bool, remedy: str = "set AIMS_PASSPHRASE or give --passphrase-file"
) -> str:  # fmt: skip
    if not interactive():
        raise BadInput(f"{question.replace('Pass', 'pass')}: none given, and nobody to ask", remedy=remedy)
    answer: str = click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    return answer
