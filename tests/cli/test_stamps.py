"""Time stamps from the command line, over the years: what they clear, and for whom."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.person import Person
from tests.ledger.hsm import PIN, Hsm
from tests.ledger.tsa import Authority, OpensslAuthority, Reply, serving


def expired_authority(name: str = "Test") -> Authority:
    """It stamped a moment ago, in the last seconds of its certificate's life."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Authority(name=name, at=now - timedelta(seconds=3), valid=(now - timedelta(300), now - timedelta(seconds=2)))


def keep_roots(person: Person, authority: Authority | OpensslAuthority, name: str = "roots.pem") -> Path:
    file = person.folder / name
    file.write_bytes(b"".join(authority.roots))
    return file


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clerk: Person) -> Path:
    """The pin that an auditor was handed at the beginning."""
    file = tmp_path / "auditors-pin.json"
    file.write_text(clerk.does("checkpoint", "--pin").out)
    return file


def verdicts(person: Person, *arguments: object, memory: Path, patch: pytest.MonkeyPatch) -> tuple[int, set[str]]:
    """What somebody finds who has never seen the ledger before: the exit code and the words."""
    with patch.context() as elsewhere:
        elsewhere.setenv("AIMS_STATE", str(memory))
        seen = person.runs("verify", "--json", *arguments)
    return seen.code, {finding["verdict"] for finding in seen.json["findings"]}


def test_what_was_stamped_before_a_key_was_stolen_stands_years_after_the_certificate(
    clerk: Person, auditor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, stranger = expired_authority(), Authority(name="Stranger")
    clerk.overrides(1)
    roots, others = keep_roots(clerk, authority), keep_roots(clerk, stranger, "others.pem")
    with serving(authority) as served:
        clerk.does("anchor", "--once", "--timestamp", served.url, "--timestamp-roots", roots)
    stolen = datetime.now(UTC).isoformat()
    clerk.does("key", "compromise", "overseer", "--since", stolen, "--reason", "laptop stolen", "--as", "admin")

    def found(number: int, *arguments: object) -> tuple[int, set[str]]:
        memory = tmp_path / f"memory-{number}"
        return verdicts(clerk, "--trust", auditor, *arguments, memory=memory, patch=monkeypatch)

    assert found(1, "--timestamp-roots", roots) == (0, set())
    assert found(2) == (1, {"key compromised"})
    assert found(3, "--timestamp-roots", others) == (1, {"key compromised", "not checked here"})
    assert found(4, "--timestamp-roots", others, "--timestamp-roots", roots) == (0, set())


def test_what_a_thief_writes_after_the_stamp_is_not_cleared_by_it(
    clerk: Person, auditor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = expired_authority()
    clerk.overrides(1)
    roots = keep_roots(clerk, authority)
    with serving(authority) as served:
        clerk.does("anchor", "--once", "--timestamp", served.url, "--timestamp-roots", roots)
    stolen = datetime.now(UTC).isoformat()
    clerk.overrides(2)
    clerk.does("key", "compromise", "overseer", "--since", stolen, "--reason", "laptop stolen", "--as", "admin")

    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("AIMS_STATE", str(tmp_path / "memory"))
        seen = clerk.runs("verify", "--json", "--trust", auditor, "--timestamp-roots", roots)

    assert seen.code == 1
    assert [(f["verdict"], f["entry"]) for f in seen.json["findings"]] == [("key compromised", 7)]


def test_the_ledger_of_many_years_verifies_with_the_roots_of_each(
    clerk: Person, auditor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hsm = Hsm.at(tmp_path / "hsm", monkeypatch)
    hsm.token()
    monkeypatch.setenv("AIMS_PIN", PIN)
    names, roots = ["evidence-checkpoint"], []
    for year in range(1, 4):
        names.append(f"checkpoint-{year}")
        clerk.does("key", "link", names[-1], f"pkcs11:token=aims;object=year-{year}", "--generate")
        clerk.does("key", "rotate", names[-2], names[-1], "--as", "admin")
        clerk.overrides(year)
        authority = expired_authority(f"Year {year}")
        roots += ["--timestamp-roots", keep_roots(clerk, authority, f"roots-{year}.pem")]
        with serving(authority) as served:
            clerk.does("anchor", "--once", "--timestamp", served.url, *roots[-2:])

    found = verdicts(clerk, "--trust", auditor, *roots, memory=tmp_path / "memory", patch=monkeypatch)
    fewer = verdicts(clerk, "--trust", auditor, *roots[:2], memory=tmp_path / "other", patch=monkeypatch)

    assert found == (0, set())
    assert fewer == (4, {"not checked here"})


def test_an_authority_of_openssl_stamps_and_the_ledger_verifies(
    clerk: Person, auditor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tsa").mkdir()
    authority = OpensslAuthority(tmp_path / "tsa")
    roots = keep_roots(clerk, authority)
    with serving(authority) as served:
        clerk.does("anchor", "--once", "--timestamp", served.url, "--timestamp-roots", roots)

    found = verdicts(
        clerk, "--trust", auditor, "--timestamp-roots", roots, memory=tmp_path / "memory", patch=monkeypatch
    )

    assert found == (0, set())


def test_an_answer_that_does_not_verify_is_not_stored_where_the_roots_are_known(clerk: Person) -> None:
    stranger = Authority(name="Mallory")
    roots = keep_roots(clerk, expired_authority())

    with serving(stranger) as served:
        seen = clerk.runs("anchor", "--once", "--timestamp", served.url, "--timestamp-roots", roots)

    assert seen.code == 3
    assert "no certificates lead from it to a given root" in seen.err
    assert "vouches" not in clerk.does("anchor", "--status").out


def test_an_outage_waits_in_the_queue_and_loses_nothing(clerk: Person) -> None:
    authority, out = Authority(), [True]

    def answer(request: bytes) -> Reply:
        return Reply(status=503) if out[0] else authority(request)

    with serving(answer) as served:
        refused = clerk.runs("anchor", "--once", "--timestamp", served.url)
        waiting = clerk.does("anchor", "--status").out
        out[0] = False
        clerk.does("anchor", "--once", "--timestamp", served.url)

    assert refused.code == 3
    assert "HTTP status 503" in refused.err
    assert "HTTP status 503" in waiting
    assert "vouches for 6 entries" in clerk.does("anchor", "--status").out


@pytest.mark.parametrize(("content", "said"), [(b"", "expected PEM certificates"), (b"no", "openssl x509 -inform der")])
def test_roots_that_are_none_are_bad_input(clerk: Person, content: bytes, said: str) -> None:
    (clerk.folder / "roots.pem").write_bytes(content)

    assert said in clerk.refused("verify", "--timestamp-roots", clerk.folder / "roots.pem")
