"""Editions: what each audience sees of a document, and whose names."""

from pathlib import Path

import pytest

from docgen.audience import AUDIENCES, AudienceRules, audience_rules, check_audience, for_audience, shows_names
from docgen.digest import content_digest
from docgen.errors import DocgenError, PackError
from docgen.life import AUDIENCES as LIFE_AUDIENCES
from docgen.markdown import parse_markdown
from docgen.record import Record, record_of
from docgen.tree import Body, Cite, Heading, Ref, Slot, inlines_in, plain_text, walk, walk_inlines
from tests.docgen.builders import HandLedger, run_body
from tests.docgen.minipack import make_pack

WORDS = {"not_for": "Not part of this edition.", "withheld": "withheld"}
HASH = "ab" * 32
SOURCE = f"""\
::: summary
In short
:::

# Purpose {{id=purpose}}

Open words [to data](#data) [#3](cite:3:{HASH}).

::: slot id=purpose.1 kind=human
Human words
:::

## Data {{id=data}}

Secret words

| A | B |
|---|---|
| [plain](slot:cell.open:human) | [hidden](slot:cell.shut:human) |

### Deeper

Deep words

# Evidence {{id=evidence-register}}

[#3](entry:3:{HASH})
"""


def body() -> Body:
    return parse_markdown(SOURCE)


def edition(audience: str, *patterns: tuple[str, set[str]]) -> Body:
    rules = AudienceRules(tuple((pattern, frozenset(seen_by)) for pattern, seen_by in patterns))
    return for_audience(body(), rules, audience, WORDS)


def words(found: Body) -> str:
    return " ".join(plain_text(inlines_in(block)) for block in walk(found.blocks))


def headings(found: Body) -> list[str]:
    return [plain_text(block.children) for block in walk(found.blocks) if isinstance(block, Heading)]


def test_inside_the_organisation_everything_is_seen() -> None:
    assert edition("internal", ("*", {"public"})) == body()


@pytest.mark.parametrize("audience", ["notified-body", "authority", "deployer"])
def test_everyone_but_the_public_sees_what_no_pattern_is_about(audience: str) -> None:
    assert edition(audience) == body()


def test_the_public_sees_only_what_is_named_for_it() -> None:
    found = edition("public")

    assert "words" not in words(found)
    assert headings(found) == ["Purpose", "Evidence"]
    assert words(found).count(WORDS["not_for"]) == 2


def test_a_section_that_is_not_for_them_keeps_its_heading_and_says_so() -> None:
    found = edition("deployer", ("data", {"authority"}))

    assert headings(found) == ["Purpose", "Data", "Evidence"]
    assert "Secret" not in words(found)
    assert "Deep" not in words(found)
    assert words(found).count(WORDS["not_for"]) == 1


def test_a_section_inside_one_that_is_left_out_may_be_named() -> None:
    found = edition("public", ("data", {"public"}))

    assert headings(found) == ["Purpose", "Data", "Deeper", "Evidence"]
    assert "Secret words" in words(found)
    assert "Open words" not in words(found)


def test_a_slot_may_be_named_in_a_section_that_is_left_out() -> None:
    found = edition("public", ("purpose.*", {"public"}))

    assert [block.id for block in walk(found.blocks) if isinstance(block, Slot)] == ["purpose.1"]
    assert "Human words" in words(found)
    assert "Open words" not in words(found)


def test_a_slot_may_be_left_out_of_a_section_that_is_seen() -> None:
    found = edition("deployer", ("purpose.1", {"authority"}), ("cell.shut", {"authority"}))

    assert "Human words" not in words(found)
    assert "Open words" in words(found)
    assert "hidden" not in words(found)
    assert "withheld" in words(found)
    assert "plain" in words(found)


def test_the_first_pattern_that_matches_holds() -> None:
    assert "Secret" in words(edition("deployer", ("data", {"deployer"}), ("d*", {"authority"})))
    assert "Secret" not in words(edition("deployer", ("d*", {"authority"}), ("data", {"deployer"})))


def test_links_to_what_is_not_there_become_words() -> None:
    found = edition("public", ("purpose", {"public"}), ("data", set()))
    inlines = list(walk_inlines(found.blocks))

    assert not any(isinstance(inline, Cite) for inline in inlines)
    assert "[#3 abababab]" in words(found)
    assert [inline.target for inline in inlines if isinstance(inline, Ref)] == ["data"]
    nowhere = edition("public", ("purpose.1", {"public"}))
    assert not any(isinstance(inline, Ref) for inline in walk_inlines(nowhere.blocks))


def test_an_edition_has_a_content_digest_of_its_own_if_it_says_something_else() -> None:
    digests = {audience: content_digest(edition(audience, ("data", {"authority"}))) for audience in AUDIENCES}

    assert digests["internal"] == digests["authority"]
    assert len({digests["internal"], digests["deployer"], digests["public"]}) == 3


def test_the_audiences_are_those_that_publications_know() -> None:
    assert tuple(LIFE_AUDIENCES) == AUDIENCES
    with pytest.raises(DocgenError, match="audience 'press': unknown; one of internal"):
        check_audience("press")


def test_a_pack_that_names_an_unknown_audience_is_refused(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, [{"id": "a", "kind": "risk"}], data='[document.data.audience]\n"P-1" = ["press"]\n')

    with pytest.raises(PackError, match="'press' is no audience"):
        audience_rules(pack, pack.document("doc"))


# Names


def named() -> Record:
    ledger = HandLedger()
    entry = ledger.add(
        "evaluation",
        run_body(actor={"id": "p-1", "name": "Grace Hopper"}, responsible={"id": "p-2", "name": "Ada Lovelace"}),
    )
    return record_of(entry, {}, names=False)


def test_editions_for_deployers_and_the_public_name_only_who_answers_for_something() -> None:
    assert [audience for audience in AUDIENCES if not shows_names(audience)] == ["deployer", "public"]
    found = named()

    assert (found["actor"]["name"], found["actor"]["id"]) == (None, "p-1")  # type: ignore[index]
    assert found["responsible"]["name"] == "Ada Lovelace"  # type: ignore[index]


def test_no_document_names_an_affected_person() -> None:
    person = {"id": "applicant-7", "name": "Grace Hopper", "contact": "grace@example.org"}
    body = {
        "decision_id": "d",
        "model": {"model_id": "m", "version": "1"},
        "replayed": False,
        "affected_person": person,
    }
    found = record_of(HandLedger().add("ai_decision", body), {})["affected_person"]

    assert (found["id"], found["name"], found["contact"]) == ("applicant-7", None, None)  # type: ignore[index]
