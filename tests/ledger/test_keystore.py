"""Private keys in files: encrypted, never overwritten, readable by their owner alone."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger import KeyStore
from ledger.errors import AimsError, BadInput, FormatError, StoreError
from ledger.keys.keystore import key_folder
from ledger.signing import key_id
from tests.ledger.harness import assert_one_clear_line


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    """A store whose folder does not exist yet."""
    return KeyStore(tmp_path / "config" / "keys")


def test_a_key_comes_back_under_its_name_and_passphrase(store: KeyStore) -> None:
    made = store.create("pipeline", "pässphrase ☃")

    loaded = store.load("pipeline", "pässphrase ☃")

    assert loaded.public_key == made.public_key
    assert loaded.sign(b"x") == made.sign(b"x")


def test_keys_are_listed_without_a_passphrase(store: KeyStore) -> None:
    made = {name: store.create(name, "secret") for name in ("b", "a", "c.d-e_f")}

    listed = store.list()

    assert [key.name for key in listed] == ["a", "b", "c.d-e_f"]
    assert [key.public_key for key in listed] == [made[key.name].public_key for key in listed]
    assert [key.keyid for key in listed] == [key_id(key.public_key) for key in listed]


def test_an_empty_store_lists_nothing(store: KeyStore) -> None:
    assert store.list() == ()


def test_a_private_key_is_readable_by_its_owner_alone(store: KeyStore) -> None:
    store.create("pipeline", "secret")

    assert stat.S_IMODE((store.folder / "pipeline.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_no_private_key_lies_in_a_file_in_clear(store: KeyStore) -> None:
    signer = store.create("pipeline", "secret")
    seed = signer.private_key.private_bytes_raw()

    for path in store.folder.iterdir():
        assert seed not in path.read_bytes()
    assert (store.folder / "pipeline.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_a_key_is_never_overwritten(store: KeyStore) -> None:
    made = store.create("pipeline", "secret")

    with pytest.raises(BadInput, match=r"^key pipeline: exists already; choose another name$") as caught:
        store.create("pipeline", "other")
    assert_one_clear_line(caught.value)
    assert store.load("pipeline", "secret").public_key == made.public_key
    assert store.list()[0].public_key == made.public_key


def test_of_several_who_make_the_same_name_at_once_one_succeeds(store: KeyStore) -> None:
    barrier = threading.Barrier(4)

    def attempt(passphrase: str) -> bytes | None:
        barrier.wait()
        try:
            return store.create("pipeline", passphrase).public_key
        except BadInput:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(attempt, "abcd"))

    winner = next(n for n, key in enumerate(made) if key)
    assert sum(key is not None for key in made) == 1
    assert store.load("pipeline", "abcd"[winner]).public_key == made[winner]
    assert store.list()[0].public_key == made[winner], "the public half is the winner's too"


@pytest.mark.parametrize("passphrase", ["", "wrong", "secret ", "Secret"])
def test_a_wrong_passphrase_is_refused_in_one_line(store: KeyStore, passphrase: str) -> None:
    store.create("pipeline", "secret")

    with pytest.raises(
        FormatError, match=r"found a key that does not open, expected PKCS#8 and the right passphrase"
    ) as e:
        store.load("pipeline", passphrase)
    assert_one_clear_line(e.value)
    assert passphrase.strip() == "" or passphrase not in str(e.value)


def test_an_empty_passphrase_makes_no_key(store: KeyStore) -> None:
    with pytest.raises(BadInput, match=r"^key: an empty passphrase; a private key is never written without one$"):
        store.create("pipeline", "")
    assert store.list() == ()


def test_a_missing_key_is_refused_with_the_names_there_are(store: KeyStore) -> None:
    with pytest.raises(BadInput, match=r"^key absent: not in .*keys, which has none; 'aims key new'"):
        store.load("absent", "secret")
    store.create("pipeline", "secret")
    store.create("overseer", "secret")
    with pytest.raises(BadInput, match=r"which has overseer, pipeline; 'aims key new'") as caught:
        store.load("absent", "secret")
    assert_one_clear_line(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../pipeline",
        "a/b",
        "a\\b",
        "/etc/passwd",
        ".hidden",
        "-rf",
        "a b",
        "a\n",
        "ä",
        "a" * 65,
        "a\x00b",
    ],
)
def test_a_name_is_no_path(store: KeyStore, name: str, tmp_path: Path) -> None:
    for attempt in (store.create, store.load):
        with pytest.raises(BadInput, match=r"^key '.*': expected a name of letters, digits") as caught:
            attempt(name, "secret")
        assert str(caught.value).isprintable()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff\xfe", "é".encode(), b"QUJD\n", b"MCowBQYDK2VwAyEA\n"])
def test_a_damaged_public_half_is_named(store: KeyStore, content: bytes) -> None:
    store.create("pipeline", "secret")
    (store.folder / "pipeline.pub").write_bytes(content)

    with pytest.raises(FormatError, match=r"pipeline\.pub|public key") as caught:
        store.list()
    assert_one_clear_line(caught.value)


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff\xfe" * 50])
def test_a_damaged_private_half_is_refused(store: KeyStore, content: bytes) -> None:
    store.create("pipeline", "secret")
    (store.folder / "pipeline.pem").write_bytes(content)

    with pytest.raises(FormatError, match=r"found a key that does not open") as caught:
        store.load("pipeline", "secret")
    assert_one_clear_line(caught.value)


def test_a_folder_that_can_not_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    for folder in (tmp_path / "file", tmp_path / "file" / "keys"):
        with pytest.raises(StoreError, match=r"^key pipeline: ") as caught:
            KeyStore(folder).create("pipeline", "secret")
        assert str(folder) in str(caught.value)


def test_an_attempt_that_failed_half_way_does_not_take_the_name(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(StoreError, match=r"^key pipeline: can't be written to .*keys \(No space left on device\)"):
            store.create("pipeline", "secret")

    assert store.create("pipeline", "secret").public_key == store.load("pipeline", "secret").public_key


def test_the_folder_is_the_users_own_or_the_one_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert key_folder().name == "keys"
    assert "aims-ledger" in key_folder().parts

    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "own"))
    assert key_folder() == KeyStore().folder == tmp_path / "own"


def test_every_error_of_the_store_is_one_that_callers_catch(store: KeyStore) -> None:
    for attempt in (lambda: store.load("absent", "x"), lambda: store.create("..", "x"), lambda: store.create("a", "")):
        with pytest.raises(AimsError):
            attempt()
