"""Publishing a ledger as a tile tree, and checking one, on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.person import Person


def policy_of(person: Person) -> Path:
    """A trust policy of the ledger's own key, as the operator prints it."""
    file = person.folder / "policy"
    file.write_text(person.does("checkpoint", "--policy").out)
    return file


def test_a_ledger_is_published_continued_and_checked(clerk: Person) -> None:
    first = clerk.does("export", "tiles", "public")
    clerk.overrides()
    second = clerk.does("export", "tiles", "public", "--json").json
    checked = clerk.does("verify", "public", "--trust", policy_of(clerk))

    assert first.out.splitlines()[0].endswith(": 6 entries in public, 6 of them new")
    assert (second["before"], second["size"], second["files_written"]) == (6, 7, 2)
    assert first.err == ""
    lines = checked.out.splitlines()
    assert lines[0].endswith(": tiles: sound")
    assert lines[1] == f"  7 entries, root {second['root']}"
    assert any(line.startswith("What a pass proves: these are all the entries") for line in lines)


def test_a_changed_file_ends_with_1_and_its_name(clerk: Person) -> None:
    clerk.does("export", "tiles", "public")
    bundle = clerk.folder / "public/tile/entries/000.p/6"
    bundle.write_bytes(bundle.read_bytes().replace(b'"nth":0', b'"nth":9', 1))

    seen = clerk.runs("verify", "public", "--trust", policy_of(clerk), "--json")

    assert seen.code == 1
    (finding,) = seen.json["findings"]
    assert (finding["verdict"], finding["place"]) == ("altered", "entry 0, tile/entries/000.p/6")
    assert "its content differs" in clerk.refused("export", "tiles", "public", "--check", code=1)


def test_without_a_trust_file_it_is_first_sight(clerk: Person) -> None:
    clerk.does("export", "tiles", "public")

    seen = clerk.runs("verify", "public")

    assert seen.code == 4
    assert "self-consistent, first sight" in seen.out.splitlines()[0]


def test_a_checkpoint_that_was_kept_is_held_against_the_tree(clerk: Person) -> None:
    (clerk.folder / "kept").write_text(clerk.does("checkpoint").out)
    clerk.overrides()
    clerk.does("export", "tiles", "public")
    policy = policy_of(clerk)

    clerk.does("verify", "public", "--trust", policy, "--checkpoint", "kept")
    (clerk.folder / "kept").write_text(clerk.does("checkpoint").out)
    (clerk.folder / "public").rename(clerk.folder / "old")
    clerk.overrides(2)
    (clerk.folder / "kept").write_text(clerk.does("checkpoint").out)
    behind = clerk.runs("verify", "old", "--trust", policy, "--checkpoint", "kept")

    assert (behind.code, behind.out.splitlines()[0].rpartition(": ")[2]) == (1, "1 × truncated")
    assert "nothing says whose key signed it" in clerk.refused("verify", "old", "--checkpoint", "kept")


def test_only_what_satisfies_the_policy_is_published(clerk: Person) -> None:
    policy = policy_of(clerk)
    clerk.does("export", "tiles", "public", "--trust", policy)
    witness = "witness one witness.example/x1+9066f4bf+BJPWSxBt5hn6sC3xiRI8WsvCYWumixGcBOJtwDO/wc7x"
    policy.write_text(policy.read_text().replace("quorum none", f"{witness}\nquorum one"))

    told = clerk.refused("export", "tiles", "public", "--trust", policy)

    assert told.startswith("aims: export: no checkpoint satisfies the trust policy")


def test_a_folder_with_something_else_is_refused(clerk: Person) -> None:
    assert "something else in it" in clerk.refused("export", "tiles", clerk.folder)
    assert "keys is no receipt, checkpoint, proof, bundle, tile tree or ledger, but a folder with something else" in (
        clerk.refused("verify", "keys")
    )
