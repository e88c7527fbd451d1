"""`aims receipt`, `aims prove` and `aims verify` of what was handed over, by somebody who has no ledger."""

import base64
import json
from pathlib import Path

import pytest

from ledger.note import format_vkey, parse_vkey
from ledger.witness.records import Records
from ledger.witness.witness import Witness
from tests.cli.person import Person
from tests.ledger.witness.logs import KEYS, NOW, VKEYS, serving_witness


def policy_of(clerk: Person, *lines: str) -> Path:
    """A trust file for the clerk's ledger; `lines` instead of ``quorum none``."""
    text = clerk.does("checkpoint", "--policy").out
    file = clerk.folder / "policy"
    file.write_text(text.replace("quorum none\n", "".join(f"{line}\n" for line in lines)) if lines else text)
    return file


@pytest.fixture
def certifier(clerk: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody in a folder of their own with a trust file, a receipt, a checkpoint, and how the ledger grew since."""
    policy_of(clerk)
    clerk.does("receipt", "5", "-o", "entry-5.tlog-proof")
    (clerk.folder / "kept").write_text(clerk.does("checkpoint").out, encoding="utf-8")
    clerk.overrides()
    clerk.does("prove", "consistency", "6", "-o", "growth")
    there = tmp_path / "there"
    there.mkdir()
    for name in ("policy", "entry-5.tlog-proof", "kept", "growth"):
        (clerk.folder / name).rename(there / name)
    return Person.at(there, monkeypatch)


def test_a_receipt_is_verified_without_the_ledger(certifier: Person) -> None:
    seen = certifier.does("verify", "entry-5.tlog-proof", "--trust", "policy")

    assert "receipt: sound" in seen.out.splitlines()[0]
    assert "entry 5: ai_system of credit-scoring" in seen.out
    assert "What a pass proves: this entry, byte for byte," in seen.out
    assert "What it does not prove: " in seen.out


def test_a_checkpoint_and_its_growth_are_verified_without_the_ledger(certifier: Person) -> None:
    assert certifier.does("verify", "kept", "--trust", "policy", "--json").json["level"] == "checkpoint"
    grown = certifier.does("verify", "growth", "--trust", "policy", "--checkpoint", "kept", "--json").json

    assert (grown["outcome"], grown["exit_code"], grown["size"], grown["level"]) == ("sound", 0, 7, "consistency")


def test_growth_alone_ends_with_4_and_claims_nothing(certifier: Person) -> None:
    seen = certifier.runs("verify", "growth", "--trust", "policy")

    assert seen.code == 4
    assert "not checked here" in seen.out
    assert "What a pass proves" not in seen.out


def test_text_and_json_say_the_same(certifier: Person) -> None:
    value = certifier.does("verify", "entry-5.tlog-proof", "--trust", "policy", "--json").json
    text = certifier.does("verify", "entry-5.tlog-proof", "--trust", "policy").out

    assert (value["outcome"], value["findings"], value["level"]) == ("sound", [], "receipt")
    assert all(note in text for note in value["notes"])
    assert value["root"] in text


def test_without_a_trust_file_nothing_is_said(certifier: Person) -> None:
    assert "say whose keys to trust: --trust FILE" in certifier.refused("verify", "entry-5.tlog-proof")


def test_a_changed_receipt_ends_with_1_and_names_the_entry(certifier: Person) -> None:
    file = certifier.folder / "entry-5.tlog-proof"
    lines = file.read_text(encoding="utf-8").split("\n")
    leaf = base64.b64decode(lines[1].removeprefix("extra "))
    lines[1] = "extra " + base64.b64encode(leaf.replace(b'"nth":0', b'"nth":1')).decode()
    file.write_text("\n".join(lines), encoding="utf-8")

    seen = certifier.runs("verify", file, "--trust", "policy")

    assert seen.code == 1
    assert "entry 5: altered: " in seen.out
    assert "What a pass proves" not in seen.out
    advice = "do not rely on it; keep it, ask for it once more, and compare"
    assert f"    {advice}\n" in seen.out, "who was handed a file has no backups to compare with"
    assert certifier.runs("verify", file, "--trust", "policy", "--json").json["findings"][0]["remedy"] == advice


def test_a_malformed_receipt_ends_with_2(certifier: Person) -> None:
    file = certifier.folder / "entry-5.tlog-proof"
    file.write_text(file.read_text(encoding="utf-8").replace("index 5", "index 05"), encoding="utf-8")

    assert "tlog-proof: index: found 05" in certifier.refused("verify", file, "--trust", "policy")


def test_an_unmet_quorum_ends_with_1(clerk: Person) -> None:
    clerk.does("receipt", "0", "-o", "receipt")
    witness = "w2.example+9ef4f4e3+BJZeh2YHtj4m0pnvdVUf0KkRq79pnMtR69NWq7WS73J7"

    seen = clerk.runs("verify", "receipt", "--trust", policy_of(clerk, f"witness w {witness}", "quorum w"))

    assert seen.code == 1
    assert "checkpoint: not witnessed: " in seen.out


def test_a_receipt_carries_what_witnesses_gave(clerk: Person, tmp_path: Path) -> None:
    witnesses = [f"witness w{at} {format_vkey(key)}" for at, key in enumerate(VKEYS)]
    policy = policy_of(clerk, *witnesses, "group both all w0 w1", "quorum both")
    log = parse_vkey(clerk.does("checkpoint", "--pin").json["vkeys"][0])
    clerk.does("receipt", "3", "-o", "before")
    with serving_witness(Witness(Records.create(tmp_path / "w.db", VKEYS), [log], KEYS, lambda: NOW)) as url:
        asked = clerk.folder / "asked"
        lines = policy.read_text().splitlines()
        asked.write_text("".join(f"{line} {url}\n" if line in witnesses else f"{line}\n" for line in lines))
        clerk.does("anchor", "--once", "--witnesses", asked)
    clerk.overrides()
    clerk.does("receipt", "3", "-o", "after")

    after = clerk.does("verify", "after", "--trust", policy, "--json").json

    assert clerk.runs("verify", "before", "--trust", policy).code == 1
    assert (after["outcome"], after["size"]) == ("sound", 6), "the newest checkpoint has 7 entries and no witness"
    assert [note.split(" at ")[0] for note in after["notes"][:2]] == ["cosigned by w0", "cosigned by w1"]
    signers = [json.loads(line)["signers"] for line in clerk.does("checkpoint", "--list").out.splitlines()]
    assert [str(key) for key in VKEYS] in [listed[1:] for listed in signers]


def test_names_that_are_no_text_are_shown_as_escapes(clerk: Person) -> None:
    clerk.does("receipt", "0", "-o", "receipt")
    witness = b"w2.example+9ef4f4e3+BJZeh2YHtj4m0pnvdVUf0KkRq79pnMtR69NWq7WS73J7"
    quorum = b"witness \xff\x9b2J " + witness + b"\nquorum \xff\x9b2J\n"
    (clerk.folder / "octets").write_bytes(policy_of(clerk).read_bytes().replace(b"quorum none\n", quorum))

    seen = clerk.runs("verify", "receipt", "--trust", "octets")
    value = clerk.runs("verify", "receipt", "--trust", "octets", "--json").json

    assert seen.code == 1
    assert "quorum \\udcff\\udc9b2J" in seen.out
    assert value["findings"][0]["verdict"] == "not witnessed"


def test_another_ledgers_keys_end_with_1(clerk: Person) -> None:
    clerk.does("receipt", "0", "-o", "receipt")
    clerk.does("init", "other.db", "--name", "bank.example/aims", "--founder", "Example Bank")
    (clerk.folder / "pin.json").write_text(clerk.does("checkpoint", "--pin", "--ledger", "other.db").out)

    seen = clerk.runs("verify", "receipt", "--trust", "pin.json")

    assert seen.code == 1
    assert "checkpoint: key unknown: " in seen.out


def test_a_retired_checkpoint_key_is_in_the_policy_too_and_said_to_be_retired(clerk: Person) -> None:
    clerk.does("key", "new", "next")
    old = clerk.does("checkpoint", "--policy").out.splitlines()[1]
    name = next(key["name"] for key in clerk.does("key", "list", "--json").json if "checkpoint" in str(key))
    clerk.does("key", "rotate", name, "next", "--as", "admin")

    lines = clerk.does("checkpoint", "--policy").out.splitlines()

    assert lines[1].startswith("# retired, signed up to ")
    assert lines[2] == old
    assert lines[3].startswith("log bank.example/aims/")
    assert lines[3] != old
    assert lines[4] == "quorum none"


def test_the_pin_of_a_ledger_serves_for_its_receipts(clerk: Person) -> None:
    clerk.does("receipt", "0", "-o", "receipt")
    (clerk.folder / "pin.json").write_text(clerk.does("checkpoint", "--pin").out)

    assert clerk.does("verify", "receipt", "--trust", "pin.json", "--json").json["outcome"] == "sound"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("group a any b\ngroup b any a\nquorum a\n", "trust policy, line 1: found b, not defined on an earlier line"),
        ("quorum none", "trust policy: found a last line without its end"),
        ("", "trust policy: found no quorum line"),
        ("{}", "expected an object with origin, genesis and vkeys"),
        ("\x00", "trust policy: found octet 0x00"),
    ],
)
def test_a_trust_file_that_is_none_is_refused(certifier: Person, text: str, found: str) -> None:
    (certifier.folder / "bad").write_text(text, encoding="utf-8")

    assert found in certifier.refused("verify", "entry-5.tlog-proof", "--trust", "bad")


def test_options_for_ledgers_are_refused_for_files(certifier: Person) -> None:
    for option in ("--rebuild-index", "--resume"):
        assert "are for ledgers" in certifier.refused("verify", "kept", "--trust", "policy", option)


def test_certificates_that_are_not_there_are_refused(certifier: Person) -> None:
    error = certifier.refused("verify", "kept", "--trust", "policy", "--timestamp-roots", "absent.pem")

    assert "certificates absent.pem: no such file" in error


def test_a_terminal_is_not_driven_by_what_a_file_says(certifier: Person) -> None:
    note = "\x1b[2Jlog.example\n1\nAAAA\n\n— a AAAAAAA=\n"
    (certifier.folder / "evil").write_text(note, encoding="utf-8")

    assert "\x1b" not in certifier.refused("verify", "evil", "--trust", "policy")


# Making them


def test_a_receipt_is_printed_or_written_once(clerk: Person) -> None:
    printed = clerk.does("receipt", "5").out

    assert printed.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert clerk.does("receipt", "5", "-o", "receipt").out == ""
    assert (clerk.folder / "receipt").read_text(encoding="utf-8") == printed
    assert "exists already" in clerk.refused("receipt", "5", "-o", "receipt")
    assert "can't be written" in clerk.refused("receipt", "5", "-o", "absent/receipt")


def test_an_entry_is_named_as_in_show(clerk: Person) -> None:
    statement = clerk.does("show", "5", "--json").json["statement"]

    assert clerk.does("receipt", statement[:12]).out == clerk.does("prove", "inclusion", "#5").out
    assert "entry 9: not there" in clerk.refused("receipt", "9")


def test_proofs_for_any_size_are_printed_as_json(clerk: Person) -> None:
    small = clerk.does("prove", "inclusion", "2", "--size", "3", "--json").json
    grown = clerk.does("prove", "consistency", "3", "6", "--json").json

    assert (small["index"], small["size"], len(small["proof"])) == (2, 3, 1)
    assert (grown["old_size"], grown["old_root"], grown["size"]) == (3, small["root"], 6)
    assert clerk.does("prove", "inclusion", "2", "--json").json["root"] == grown["root"]


def test_a_size_without_checkpoint_says_where_there_are_some(clerk: Person) -> None:
    clerk.overrides(1, "--no-checkpoint")

    for line in (("receipt", "6"), ("prove", "inclusion", "2", "--size", "7"), ("prove", "consistency", "2", "7")):
        assert "'aims checkpoint --list' shows those there are" in clerk.refused(*line)
    assert clerk.does("prove", "inclusion", "6", "--json").json["size"] == 7


def test_sizes_that_the_ledger_has_not_are_refused(clerk: Person) -> None:
    assert "expected 0 to 2" in clerk.refused("prove", "inclusion", "5", "--size", "3", "--json")
    assert "no proof for 99 entries" in clerk.refused("prove", "inclusion", "5", "--size", "99", "--json")
    assert "no consistency proof from 6 entries, expected 1 to 3" in clerk.refused(
        "prove", "consistency", "6", "3", "--json"
    )
    assert "no checkpoint of 99 entries or more" in clerk.refused("prove", "consistency", "99")
    assert clerk.runs("prove", "consistency", "0").code == 2


def test_a_bundle_holds_under_trust_files_from_before_and_after_a_rotation(clerk: Person) -> None:
    """No checkpoint was anchored: the bundle carries the last one of the retired key, which covers the new key."""
    clerk.does("key", "new", "next")
    name = next(key["name"] for key in clerk.does("key", "list", "--json").json if "checkpoint" in str(key))
    before = clerk.does("checkpoint", "--policy").out
    pin = clerk.does("checkpoint", "--pin").out
    clerk.does("key", "rotate", name, "next", "--as", "admin")
    clerk.does("checkpoint")
    after = clerk.does("checkpoint", "--policy").out.splitlines()
    newest = "\n".join([after[-2], after[-1], ""])
    clerk.does("bundle", "--system", "ledger", "-o", "b.zip")

    for number, text in enumerate((before, pin, "\n".join(after) + "\n", newest)):
        trust = clerk.folder / f"trust-{number}"
        trust.write_text(text)
        clerk.does("verify", "b.zip", "--trust", str(trust))
