"""Private keys in the user's config folder: one encrypted PKCS#8 file a key, named by the holder.

The folder is `AIMS_KEYS`, else the platform's config folder for the user. ``<name>.pem`` holds the key under a
passphrase, ``<name>.pub`` its SubjectPublicKeyInfo in base64, so that listing keys needs no passphrase. For a key on a
token ``<name>.uri`` stands in place of the first: one line that says where the key is (`ledger.keys.keyuri`), no
secret.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from ledger.encoding import format_base64, parse_base64
from ledger.errors import BadInput, StoreError
from ledger.keys.keyuri import KeyUri, parse_key_uri
from ledger.signing import Ed25519Signer, format_spki, key_id, parse_spki, read_private_key, write_private_key

_MAX_LINK: Final = 2_048
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of the store: its name, 32 raw public bytes, and keyid (64 hex digits)."""

    name: str
    public_key: bytes
    keyid: str


def key_folder() -> Path:
    """`AIMS_KEYS`, or the platform's config folder for the user."""
    given = os.environ.get("AIMS_KEYS")
    return Path(given) if given else Path(platformdirs.user_config_dir("aims-ledger")) / "keys"


class KeyStore:
    """The private keys this user holds."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or key_folder()

    def create(self, name: str, passphrase: str) -> Ed25519Signer:
        """A new key, stored under `name`.

        Raises:
            BadInput: for a bad name, an empty passphrase, or a name that is taken (a key is never overwritten).
            StoreError: if the folder can't be written.
        """
        if not passphrase:
            raise BadInput("key: an empty passphrase", remedy="a private key is never written without one")
        signer = Ed25519Signer.generate()
        self._write(name, "pem", write_private_key(signer, passphrase.encode()), signer.public_key)
        return signer

    def link(self, name: str, uri: KeyUri, public_key: bytes) -> None:
        """Call a key on a token `name`.

        Raises:
            BadInput: for a bad name, or one that is taken.
            StoreError: if the folder can't be written.
        """
        self._write(name, "uri", f"{uri}\n".encode("ascii"), public_key)

    def linked(self, name: str) -> KeyUri | None:
        """Where the key called `name` is, if it is on a token.

        Raises:
            BadInput: for a bad name, or a file that is no such name.
            StoreError: if the file can't be read.
        """
        try:
            with self._path(name, "uri").open("rb") as file:
                text = file.read(_MAX_LINK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"key {name}: can't be read ({error.strerror})") from error
        return parse_key_uri(text.decode("ascii", "replace").removesuffix("\n"))

    def _write(self, name: str, suffix: str, content: bytes, public_key: bytes) -> None:
        target = self._path(name, suffix)
        if self._path(name, "uri" if suffix == "pem" else "pem").exists():
            raise BadInput(f"key {name}: exists already", remedy="choose another name")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Exclusive creation: two commands that make the same name at once can't overwrite each other.
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            if not self.folder.is_dir():
                raise StoreError(
                    f"key {name}: {self.folder} is a file, expected a folder", remedy="name another one with AIMS_KEYS"
                ) from error
            raise BadInput(f"key {name}: exists already", remedy="choose another name") from error
        except OSError as error:
            raise self._unusable(name, error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            spki = format_base64(format_spki(public_key))
            (self.folder / f"{name}.pub").write_text(spki + "\n", encoding="ascii")
        except OSError as error:
            target.unlink(missing_ok=True)  # half a key must not keep the name
            raise self._unusable(name, error) from error

    def load(self, name: str, passphrase: str) -> Ed25519Signer:
        """The signer stored under `name`.

        Raises:
            BadInput: if there is none, or the passphrase is wrong.
        """
        target = self._path(name)
        try:
            pem = target.read_bytes()
        except FileNotFoundError as error:
            known = ", ".join(key.name for key in self.list()) or "none"
            raise BadInput(f"key {name}: not in {self.folder}, which has {known}", remedy="'aims key new'") from error
        except OSError as error:
            raise StoreError(f"key {name}: can't be read ({error.strerror})") from error
        return read_private_key(pem, passphrase.encode())

    def list(self) -> tuple[StoredKey, ...]:
        """Every key, by name, from the public halves alone.

        Raises:
            FormatError: if a public half is damaged.
        """
        found = []
        for path in sorted(self.folder.glob("*.pub")):
            raw = parse_spki(parse_base64(path.read_text(encoding="ascii", errors="replace").strip(), path.name))
            found.append(StoredKey(path.name.removesuffix(".pub"), raw, key_id(raw)))
        return tuple(found)

    def _unusable(self, name: str, error: OSError) -> StoreError:
        return StoreError(
            f"key {name}: can't be written to {self.folder} ({error.strerror})",
            remedy="check the folder, or name another one with AIMS_KEYS",
        )

    def _path(self, name: str, suffix: str = "pem") -> Path:
        if not _NAME.match(name):
            raise BadInput(
                f"key {name!r}: expected a name of letters, digits, '.', '_' and '-'", remedy="choose another name"
            )
        return self.folder / f"{name}.{suffix}"
