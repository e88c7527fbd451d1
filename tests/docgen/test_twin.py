"""The machine-readable twin: every block of a document as JSON, in order, with the entries it cites."""

import json
from typing import Any

import pytest

from docgen.info import DocumentInfo
from docgen.markdown import parse_markdown
from docgen.twin import write_twin

LEAF = "ab" * 32
CITE = f"[#7](cite:7:{LEAF})"
ROWS = f"# Register\n\n| Entry | Kind |\n|---|---|\n| [#7](entry:7:{LEAF}) | risk |\n"
INFO = DocumentInfo(
    title="T", subtitle="S", number="N-1", version="2", organisation="Bank", subject="sys", basis=(),
    origin="example.org/a", checkpoint_size=8, checkpoint_root=bytes(32), checkpoint_time="2026-11-23T10:00:00Z",
    pack="p", pack_version="1", tool_version="0", language="de", state="draft", subject_name="System",
    subject_version="1.1",
)  # fmt: skip


def twin(markdown: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(write_twin(parse_markdown(f"{markdown}\n\n{ROWS}"), INFO, "doc", "c0" * 32))
    return value


def content(markdown: str) -> list[dict[str, Any]]:
    """What stands under a heading before the register."""
    found: list[dict[str, Any]] = twin(f"# One {{id=one}}\n\n{markdown}")["sections"][0]["content"]
    return found


def test_its_head_says_what_the_document_is() -> None:
    value = twin("# One")

    assert list(value) == ["format", "document", "about", "law", "ledger", "made_by", "content_digest", "sections"]
    assert value["document"]["number"] == "N-1"
    assert value["about"] == {"system": "sys", "name": "System", "version": "1.1"}
    assert (value["ledger"]["size"], value["content_digest"]) == (8, "c0" * 32)


@pytest.mark.parametrize(
    ("markdown", "block"),
    [
        (f"Words. {CITE}", {"text": "Words.", "entries": [7]}),
        ("Words.", {"text": "Words."}),
        (f"- a {CITE}\n- b", {"list": [[{"text": "a", "entries": [7]}], [{"text": "b"}]]}),
        (f"| | |\n|---|---|\n| Name | Bank {CITE} |", {"fields": [{"label": "Name", "value": "Bank", "entries": [7]}]}),
        (
            "| A | B |\n|---|---|\n| 1 | 2 |",
            {"table": {"caption": "", "header": ["A", "B"], "rows": [[{"text": "1"}, {"text": "2"}]]}},
        ),
        ('::: note title="Open"\nWords.\n:::', {"label": "Open", "note": [{"text": "Words."}]}),
        ("::: requirement\nAsked.\n:::", {"requirement": [{"text": "Asked."}]}),
        ("::: status word=provided\nfine\n:::", {"status": "provided", "text": "fine"}),
        ("::: slot id=s kind=derived\nInside.\n:::", {"text": "Inside."}),
    ],
)
def test_each_block_has_its_form(markdown: str, block: dict[str, Any]) -> None:
    assert content(markdown) == [block]


def test_sections_have_ids_titles_and_levels_and_follow_each_other() -> None:
    sections = twin("# One {id=one}\n\n## Two {id=two}\n\nWords.")["sections"]

    assert [(one["id"], one["title"], one["level"]) for one in sections] == [
        ("one", "One", 1), ("two", "Two", 2), ("", "Register", 1)
    ]  # fmt: skip
    assert sections[1]["content"] == [{"text": "Words."}]


def test_what_stands_before_the_first_heading_is_not_lost() -> None:
    assert twin("Before.\n\n# One")["sections"][0] == {
        "id": "",
        "title": "",
        "level": 0,
        "content": [{"text": "Before."}],
    }


def test_it_is_utf_8_with_a_newline_at_its_end() -> None:
    data = write_twin(parse_markdown(f"# Größe\n\n{ROWS}"), INFO, "doc", "c0" * 32)

    assert "Größe".encode() in data
    assert data.endswith(b"}\n")
