"""A token for tests: SoftHSM2, a real PKCS#11 module that keeps its token in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.programs import program

PIN: Final = "4711"
OFFICER_PIN: Final = "08154711"
_MODULES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class Hsm:
    """SoftHSM2 with the tokens that `token` made."""

    module: str
    folder: Path

    @classmethod
    def at(cls, folder: Path, patch: pytest.MonkeyPatch) -> Hsm:
        """An empty one; `AIMS_PKCS11_MODULE` names it, and no other token is in reach."""
        util = Path(program("softhsm2-util")).resolve()
        beside = util.parents[1] / "lib" / "softhsm" / "libsofthsm2.so"
        module = next(path for path in (str(beside), *_MODULES) if Path(path).exists())
        (folder / "tokens").mkdir(parents=True)
        (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        patch.setenv("AIMS_PKCS11_MODULE", module)
        unload(module)
        return cls(module, folder)

    def token(self, label: str = "aims") -> None:
        """Initialise one more token; its PIN is `PIN`."""
        unload(self.module)  # a module looks for its tokens once
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", OFFICER_PIN],
            check=True,
            capture_output=True,
            env=dict(os.environ),
        )

    def remove(self) -> None:
        """Pull out every token; a module that is in use finds out."""
        shutil.rmtree(self.folder / "tokens")
        (self.folder / "tokens").mkdir()

    def generate(self, label: str, kind: str, *, token: str = "aims", id: bytes = b"") -> None:
        """A key of another kind: `p256`, `rsa`, `ed448`."""
        import pkcs11
        from pkcs11.util.ec import encode_named_curve_parameters

        with self.session(token) as session:
            if kind == "rsa":
                session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label=label, id=id or None)
                return
            edwards = kind == "ed448"
            curve = bytes.fromhex("06032b6571") if edwards else encode_named_curve_parameters("secp256r1")
            family = pkcs11.KeyType.EC_EDWARDS if edwards else pkcs11.KeyType.EC
            domain = session.create_domain_parameters(family, {pkcs11.Attribute.EC_PARAMS: curve}, local=True)
            mechanism = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else None
            domain.generate_keypair(mechanism=mechanism, store=True, label=label, id=id or None)

    def session(self, token: str = "aims") -> Any:
        """A session of the user, for arranging things."""
        import pkcs11

        return pkcs11.lib(self.module).get_token(token_label=token).open(rw=True, user_pin=PIN)


def unload(module: str) -> None:
    """Have the module read its configuration and its tokens anew."""
    import pkcs11

    pkcs11.unload(module)
