"""`aims record`: from what a person types to one entry, or one line that says why not."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ledger import AimsError, Ledger, OutcomeUnknown, StoreError
from tests.cli.person import Person

ABOUT = ("--system", "credit-scoring@1.0", "--as", "overseer")
OVERRIDE = (
    "--set",
    "oversight_id=o-1",
    "--set",
    "action=overridden",
    "--set",
    "reason_code=income",
    "--set",
    "actor.id=p-17",
)


def test_a_body_from_yaml_becomes_an_entry_about_the_system_and_version(clerk: Person) -> None:
    shown = clerk.does("show", 5, "--json").json

    assert (shown["kind"], shown["subject"], shown["data"]["system_version"]) == ("ai_system", "credit-scoring", "1.0")
    assert shown["data"]["provider"] == {"party_id": "bank", "name": "Example Bank"}


def test_the_receipt_names_place_hashes_and_state(clerk: Person) -> None:
    receipt = clerk.overrides()

    assert (receipt["index"], receipt["state"], receipt["duplicate"]) == (6, "checkpointed", False)
    assert receipt["statement"] == clerk.does("show", 6, "--json").json["statement"]


def test_text_and_json_say_the_same_of_a_receipt(clerk: Person) -> None:
    line = clerk.does("record", "oversight_action", *ABOUT, *OVERRIDE).out
    shown = clerk.does("show", 6, "--json").json

    assert line.split() == [
        "#6", shown["leaf_hash"][:8], "oversight_action", "statement", shown["statement"][:16], "checkpointed",
    ]  # fmt: skip


def test_without_the_checkpoint_key_an_entry_is_committed_and_no_more(clerk: Person) -> None:
    (clerk.folder / "keys" / "evidence-checkpoint.pub").unlink()

    assert clerk.overrides()["state"] == "committed"


def test_no_checkpoint_leaves_the_signing_to_somebody_else(clerk: Person) -> None:
    assert clerk.overrides(1, "--no-checkpoint")["state"] == "committed"


def test_a_lost_signer_memory_is_said_after_the_receipt_and_does_not_pretend_that_nothing_was_stored(
    clerk: Person,
) -> None:
    for remembered in (clerk.folder / "state").rglob("signer-*"):
        remembered.unlink()

    seen = clerk.runs("record", "oversight_action", *ABOUT, *OVERRIDE)

    assert seen.code == 0
    assert "committed" in seen.out
    assert seen.err.startswith("aims: stored, but no checkpoint was signed: ")
    assert seen.err.endswith("; bring one from a witness or auditor: 'aims checkpoint --adopt FILE'\n")
    assert clerk.size() == 7


@pytest.mark.parametrize("reason", [OutcomeUnknown, StoreError])
def test_a_checkpoint_that_could_not_be_written_asks_for_a_checkpoint_and_not_for_the_entry_again(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, reason: type[AimsError]
) -> None:
    def fail(_: Ledger) -> bytes:
        raise reason("storing a checkpoint: the disk failed", remedy="run the command again")

    monkeypatch.setattr(Ledger, "checkpoint", fail)

    seen = clerk.runs("record", "oversight_action", *ABOUT, *OVERRIDE, "--json")

    assert (seen.code, seen.json["state"], seen.json["index"]) == (0, "committed", 6)
    assert seen.err == (
        "aims: stored, but no checkpoint was signed: storing a checkpoint: the disk failed; "
        "sign it with 'aims checkpoint'\n"
    )


def test_an_entry_stored_in_a_restored_backup_is_said_to_be_tampering_after_the_receipt(clerk: Person) -> None:
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "backup")
    clerk.overrides(1)
    clerk.overrides(2)
    for file in clerk.folder.glob("evidence.db-*"):
        file.unlink()
    shutil.copyfile(clerk.folder / "backup", clerk.folder / "evidence.db")

    seen = clerk.runs("record", "oversight_action", *ABOUT, *OVERRIDE, "--json")

    assert (seen.code, seen.json["state"]) == (1, "committed")
    assert seen.err.startswith(
        "aims: stored, but no checkpoint was signed: checkpoint: the ledger has 7 entries, but 8 "
    )
    assert "sign it with" not in seen.err


def test_a_body_comes_from_standard_input(clerk: Person) -> None:
    body = {
        "oversight_id": "o-9",
        "action": "stopped",
        "reason_code": "drift",
        "actor": {"id": "p-1"},
        "safe_state": "off",
    }

    clerk.does("record", "oversight_action", "-", *ABOUT, stdin=json.dumps(body))

    assert clerk.does("show", 6, "--json").json["data"] == {**body, "system_version": "1.0"}


def test_a_member_set_by_hand_replaces_the_one_in_the_file(clerk: Person) -> None:
    body = "oversight_id: o-1\naction: confirmed\nreason_code: income\nactor: {id: p-1}\n"

    clerk.does("record", "oversight_action", "-", *ABOUT, "--set", "action=overridden", stdin=body)

    assert clerk.does("show", 6, "--json").json["data"]["action"] == "overridden"


def test_an_erasable_member_is_sealed_and_shown_in_clear(clerk: Person) -> None:
    clerk.overrides()

    leaf = clerk.does("show", 6, "--leaf").out
    assert b"Grace Hopper" not in _payload(leaf)
    assert clerk.does("show", 6, "--json").json["data"]["actor"]["name"] == "Grace Hopper"


def test_a_reference_is_given_by_place_citation_or_digest(clerk: Person) -> None:
    target = clerk.does("show", 5, "--json").json
    citation = f"#5 {target['leaf_hash'][:8]}"

    for number, place in enumerate(("5", "#5", citation, target["statement"][:12])):
        clerk.overrides(number, "--ref", f"about={place}")
        shown = clerk.does("show", 6 + number, "--json").json
        assert shown["data"]["references"] == [{"rel": "about", "statement": target["statement"]}]


def test_an_attached_file_is_kept_under_its_digest(clerk: Person) -> None:
    (clerk.folder / "notes.txt").write_bytes(b"what the person saw\n")

    clerk.overrides(1, "--attach", "notes.txt:protocol")

    digest = hashlib.sha256(b"what the person saw\n").hexdigest()
    (artefact,) = clerk.does("show", 6, "--json").json["data"]["artefacts"]
    assert artefact == {
        "name": "notes.txt", "role": "protocol", "digest": digest, "size": 20, "media_type": "text/plain",
        "attached": True, "salted": False,
    }  # fmt: skip


def test_a_personal_file_is_kept_under_a_salted_digest(clerk: Person) -> None:
    (clerk.folder / "payslip.txt").write_bytes(b"personal\n")

    clerk.overrides(1, "--attach-personal", "payslip.txt")

    (artefact,) = clerk.does("show", 6, "--json").json["data"]["artefacts"]
    assert artefact["salted"] is True
    assert artefact["digest"] != hashlib.sha256(b"personal\n").hexdigest()


def test_a_time_with_any_zone_is_kept_in_utc(clerk: Person) -> None:
    clerk.overrides(1, "--time", "2026-11-20T10:00:00+01:00")

    assert clerk.does("show", 6, "--json").json["time"] == "2026-11-20T09:00:00.000000Z"


def test_two_keys_sign_one_entry(clerk: Person) -> None:
    clerk.does("key", "new", "boss")
    clerk.enrols("boss", "p-boss", "overseer")

    clerk.overrides(1, "--as", "boss")

    signers = clerk.does("show", 7, "--json").json["signers"]
    assert {signer["principal"] for signer in signers} == {"p-overseer", "p-boss"}


def test_the_system_of_the_project_file_is_the_default(clerk: Person) -> None:
    with (clerk.folder / ".aims.toml").open("a", encoding="utf-8") as file:
        file.write('system = "credit-scoring@1.0"\n')

    clerk.does("record", "oversight_action", "--as", "overseer", *OVERRIDE)

    shown = clerk.does("show", 6, "--json").json
    assert (shown["subject"], shown["data"]["system_version"]) == ("credit-scoring", "1.0")


def test_the_system_of_the_project_file_is_no_default_for_what_concerns_the_organisation(clerk: Person) -> None:
    with (clerk.folder / ".aims.toml").open("a", encoding="utf-8") as file:
        file.write('system = "credit-scoring@1.0"\n')

    said = clerk.refused("record", "objective", "--as", "compliance")

    assert said.startswith("aims: objective: what is it about?; give --system NAME[@VERSION], or --subject")


def test_a_line_signed_here_is_appended_elsewhere(clerk: Person) -> None:
    line = clerk.does("record", "oversight_action", *ABOUT, *OVERRIDE, "--sign-only").out
    assert clerk.size() == 6

    receipt = clerk.does("append", "-", stdin=line).json

    assert (receipt["index"], receipt["duplicate"]) == (6, False)


BAD = {
    "unknown kind": (("oversigt_action",), "kind 'oversigt_action': unknown (did you mean oversight_action"),
    "missing member": ((), "oversight_action: actor: missing, expected: Overseer."),
    "unknown member": ((*OVERRIDE, "--set", "reasonn=x"), "reasonn: unknown member, expected 'reason' perhaps"),
    "value not allowed": ((*OVERRIDE, "--set", "action=ignored"), "action: found 'ignored', expected "),
    "text for a number": ((*OVERRIDE, "--set", "seconds_spent=long"), "--set seconds_spent: "),
    "erasable digest by hand": ((*OVERRIDE, "--set", '_sd:=["x"]'), "_sd"),
    "unknown key": ((*OVERRIDE, "--as", "overser"), "key 'overser': not in "),
    "key given twice": ((*OVERRIDE, "--as", "overseer"), "key overseer: given twice; each signer signs once"),
    "key not enrolled": ((*OVERRIDE, "--as", "evidence-checkpoint"), "not enrolled in this ledger"),
    "role not allowed": ((*OVERRIDE, "--as", "pipeline"), "oversight_action: signed by p-pipeline as pipeline"),
    "foreign source": ((*OVERRIDE, "--source", "https://else.example/"), "source https://else.example/ is not among"),
    "source is no uri": ((*OVERRIDE, "--source", "me and you"), "statement: source: found me and you, expected"),
    "time without a zone": (
        (*OVERRIDE, "--time", "2026-11-20T10:00:00"),
        "time '2026-11-20T10:00:00': no time zone, expected Z (UTC) or an offset; write 2026-11-20T10:00:00Z",
    ),
    "no time at all": ((*OVERRIDE, "--time", "yesterday"), "time 'yesterday': expected a time like 2026-11"),
    "time ahead": ((*OVERRIDE, "--time", "2999-01-01T00:00:00Z"), "expected at most 300 s after the ledger's clock"),
    "reference to nothing": ((*OVERRIDE, "--ref", "about=99"), "entry 99: not there, the ledger has entries 0 to 5"),
    "reference to no digest": ((*OVERRIDE, "--ref", "about=abcdef123456"), "no statement digest begins with it"),
    "unknown relation": ((*OVERRIDE, "--ref", "approvess=5"), "unknown relation (did you mean approves?)"),
    "reference without a relation": ((*OVERRIDE, "--ref", "5"), "--ref 5: expected RELATION=ENTRY"),
    "no such attachment": ((*OVERRIDE, "--attach", "nothing.txt:role"), "--attach nothing.txt:role: no such file"),
    "a directory for an attachment": ((*OVERRIDE, "--attach", "keys"), "--attach keys: a directory, expected FILE"),
    "a directory with a role": ((*OVERRIDE, "--attach", "keys:model"), "--attach keys:model: a directory, expected"),
    "attachment that no file can be": ((*OVERRIDE, "--attach", "a" * 5000), "no such file"),
    "no such body": (("nothing.yaml",), "nothing.yaml: can't be read (No such file or directory)"),
    "malformed assignment": (("--set", "action"), "--set action: expected PATH=VALUE"),
    "hole in a list": ((*OVERRIDE, "--set", "aids.3=x"), "--set aids.3: found '3' in a list of 0, expected 0 to 0"),
    "member of a text": ((*OVERRIDE, "--set", "action.name=x"), "--set action.name: action is a text already"),
    "two subjects": ((*OVERRIDE, "--subject", "ledger"), "--system and --subject: both given"),
    "a subject that is no system": ((*OVERRIDE, "--subject", "x"), "'x' is not one of 'management-system', 'ledger'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_record_refuses_in_one_line_and_stores_nothing(clerk: Person, case: str) -> None:
    arguments, expected = BAD[case]
    kind = () if case == "unknown kind" else ("oversight_action",)

    said = clerk.refused("record", *kind, *arguments, *ABOUT)

    assert said.startswith("aims")
    assert expected in said


@pytest.mark.parametrize("value", ["x", "1", "{}", "true"])
@pytest.mark.parametrize(
    ("member", "option"), [("references", ("--ref", "about=5")), ("artefacts", ("--attach", "system.yaml"))]
)
def test_a_list_that_is_none_is_not_extended(clerk: Person, member: str, option: tuple[str, ...], value: str) -> None:
    body = f"{member}: {value}\n"

    said = clerk.refused("record", "oversight_action", "-", *OVERRIDE, *option, *ABOUT, stdin=body)

    assert f"{member}: found " in said


def test_a_list_that_is_null_is_extended(clerk: Person) -> None:
    clerk.does("record", "oversight_action", "-", *OVERRIDE, "--ref", "about=5", *ABOUT, stdin="references: null\n")

    assert len(clerk.does("show", 6, "--json").json["data"]["references"]) == 1


def test_an_entry_about_the_ledger_itself_is_about_no_system(clerk: Person) -> None:
    said = clerk.refused("record", "ledger", "--system", "credit-scoring", "--as", "admin")

    assert said == "aims: ledger: is about the ledger itself, expected no --system"


def test_a_policy_is_changed_by_an_entry(clerk: Person) -> None:
    policy = clerk.does("show", 0, "--json").json["data"]["policy"]
    body = {
        "action": "policy_changed",
        "reason": "more care",
        "policy": policy | {"principals": {"erasure": 3, "pruning": 2}},
    }

    clerk.does("record", "ledger", "-", "--as", "admin", stdin=json.dumps(body))
    lowered = {**body, "policy": policy | {"principals": {"erasure": 1, "pruning": 2}}}

    assert "below the floor set at creation" in clerk.refused(
        "record", "ledger", "-", "--as", "admin", stdin=json.dumps(lowered)
    )


BODIES = {
    "malformed JSON": (b'{"a": ', "standard input: found "),
    "duplicate keys in JSON": (b'{"action":"stopped","action":"confirmed"}', "standard input: found "),
    "NaN": (b'{"seconds_spent": NaN}', "standard input: found NaN, expected a finite number"),
    "infinity by overflow": (b'{"seconds_spent": 1e999}', "expected a finite number"),
    "huge integer": (b'{"seconds_spent": 9007199254740993}', "expected an integer within"),
    "lone surrogate": (b'{"reason": "\\ud800"}', "found lone surrogate in"),
    "nesting bomb in JSON": (b'{"extra":' + b'{"a":' * 500 + b"1" + b"}" * 501, "nesting deeper than 32"),
    "nesting bomb in YAML": (b"extra: " + b"[" * 20_000, "nested too deep"),
    "not UTF-8": (b'{"reason": "\xff"}', "found byte 0xff at 12, expected UTF-8"),
    "a list": (b"- 1\n", "standard input: found a list, expected one object"),
    "nothing": (b"", "standard input: found nothing, expected one object"),
    "duplicate keys in YAML": (b"a: 1\na: 2\n", "line 2, column 1: the key 'a' a second time"),
    "aliases": (b"a: &a [x]\nb: *a\n", "line 2, column 4: an alias, expected the value itself"),
    "tag": (b"a: !!python/name:os.system\n", "line 1, column 4: the tag tag:yaml.org,2002:python/name:os.system"),
    "oversize": (b'{"reason": "' + b"x" * 300_000 + b'"}', "expected at most 262144 bytes"),
    "oversize statement": (b'{"extra": {"x": "' + b"x" * 41_000 + b'"}}', "expected at most 40960 bytes"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_bad_body_is_refused_in_one_line_and_stores_nothing(clerk: Person, case: str) -> None:
    body, expected = BODIES[case]
    complete = OVERRIDE if case == "oversize statement" else ()

    said = clerk.refused("record", "oversight_action", "-", *ABOUT, *complete, stdin=body)

    assert expected in said


def test_a_system_nobody_has_heard_of_is_refused_with_the_nearest_one(clerk: Person) -> None:
    said = clerk.refused("record", "oversight_action", "--system", "credit-scorin@1.0", "--as", "overseer", *OVERRIDE)

    assert said == (
        "aims: system 'credit-scorin': no entry is about it (did you mean credit-scoring?); registered: "
        "credit-scoring; --new-system if this is its first entry"
    )


def test_a_first_entry_about_a_new_system_is_possible(clerk: Person) -> None:
    clerk.does("record", "oversight_action", "--system", "other@1", "--new-system", "--as", "overseer", *OVERRIDE)

    assert clerk.does("show", 6, "--json").json["subject"] == "other"


def test_one_principal_with_two_keys_counts_once(clerk: Person) -> None:
    clerk.does("key", "new", "anna-laptop")
    clerk.enrols("anna-laptop", "p-anna", "approver")
    clerk.overrides()

    said = clerk.refused(
        "erase", 7, "--basis", "GDPR Art. 17", "--reason", "asked", "--as", "anna", "--as", "anna-laptop"
    )

    assert "erasure: signed by 1 principal(s), expected 2 different ones" in said


def test_nobody_approves_their_own_work(clerk: Person) -> None:
    clerk.does("key", "new", "both")
    clerk.enrols("both", "p-both", "overseer", "approver")
    clerk.does("record", "oversight_action", "--system", "credit-scoring@1.0", "--as", "both", *OVERRIDE)

    said = clerk.refused(
        "record", "approval", "--system", "credit-scoring@1.0", "--as", "both", "--ref", "approves=7",
        "--set", "scope=other", "--set", "decision=approved",
    )  # fmt: skip

    assert "approval: p-both signed statement" in said


def test_an_approval_names_what_it_approves_once(clerk: Person) -> None:
    target = clerk.overrides()["statement"]

    clerk.does(
        "record", "approval", "--system", "credit-scoring@1.0", "--as", "anna", "--ref", "approves=6",
        "--set", "scope=other", "--set", "decision=approved",
    )  # fmt: skip

    data = clerk.does("show", 7, "--json").json["data"]
    assert (data["statement"], data["references"]) == (target, [{"rel": "approves", "statement": target}])


def test_a_revoked_key_signs_no_more(clerk: Person) -> None:
    clerk.does("key", "revoke", "overseer", "--reason", "left", "--as", "admin")

    said = clerk.refused("record", "oversight_action", *ABOUT, *OVERRIDE)

    assert "of p-overseer: revoked by entry 6, expected a key in force" in said


def test_an_erasure_is_not_recorded_by_hand(clerk: Person) -> None:
    said = clerk.refused("record", "erasure", "--subject", "management-system", "--as", "compliance")

    assert said == "aims: kind erasure: not recorded by hand, 'aims erase' records it and deletes the values"


def test_text_that_looks_like_a_template_or_a_table_is_kept_as_it_is(clerk: Person) -> None:
    text = "R&D <5% {{ 7*7 }} | pipe"

    clerk.overrides(1, "--set", f"reason={text}")

    assert clerk.does("show", 6, "--json").json["data"]["reason"] == text
    assert text in clerk.does("show", 6).out


def test_the_attachment_of_a_refused_body_is_not_kept(clerk: Person) -> None:
    (clerk.folder / "notes.txt").write_bytes(b"x")

    clerk.refused("record", "oversight_action", *ABOUT, "--attach", "notes.txt")

    assert not [path for path in (clerk.folder / "evidence.db.blobs").rglob("*") if path.is_file()]


def _payload(leaf: str) -> bytes:
    import base64

    return base64.b64decode(json.loads(leaf)["envelope"]["payload"])


def test_a_colon_in_a_file_name_is_not_taken_for_a_role(clerk: Person) -> None:
    name = "a:b.txt"
    try:
        Path(name).write_bytes(b"x")
    except OSError:
        name = "ab.txt"  # a file system without such names has no such question
        Path(name).write_bytes(b"x")

    clerk.overrides(1, "--attach", name)

    assert clerk.does("show", 6, "--json").json["data"]["artefacts"][0]["name"] == name
