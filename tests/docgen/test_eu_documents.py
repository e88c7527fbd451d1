"""The documents of the EU pack besides the technical documentation: complete, loud, nothing made up, two languages."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from docgen.build import BuiltDocument
from docgen.escape import parse_shifted
from docgen.packs import Pack
from docgen.status import STATUS_WORDS
from ledger.entry import Entry
from ledger.errors import SchemaError
from ledger.kinds import validate_body
from tests.docgen.builders import HandLedger, system_body
from tests.docgen.eu_documents import CASES, HOME, PACK, build, judged
from tests.docgen.eu_file_ledger import INCIDENT, bare_ledger, file_ledger
from tests.docgen.test_build import words

HOSTILE = "R&D <5% {{ 1234*8 }} | pipe **b** _i_ `c` [x](http://evil) <b>\n# H\n- l\n::: note\n:::\n\\ {% raw %} #} €"
B = [f"Art13-3-b-{number}" for number in ("i", "ii", "iii", "iv", "v", "vi", "vii")]
POPULATION: Mapping[str, list[str]] = {
    "instructions-for-use": ["Art13-1", "Art13-2", "Art13-3-a", *B, *(f"Art13-3-{x}" for x in "cdef")],
    "risk-management-file": [
        "Art9-1",
        *(f"Art9-2-{x}" for x in "abcd"),
        *(f"Art9-{number}" for number in range(3, 11)),
    ],
    "data-governance-report": [
        "Art10-1",
        *(f"Art10-2-{x}" for x in "abcdefgh"),
        "Art10-3",
        "Art10-4",
        "Art10-6",
        "Art4a-1",
        "Art4a-2",
    ],
    "declaration-of-conformity": [
        *(f"AnnexV-{number}" for number in range(1, 9)),
        *(f"Art47-{number}" for number in range(1, 5)),
    ],
    "internal-control-record": ["AnnexVI-2", "AnnexVI-3", "AnnexVI-4"],
    "serious-incident-report": ["Art3-49", *(f"Art73-{number}" for number in range(1, 7)), "Art73-9", "Art73-10"],
    "post-market-monitoring-plan": ["Art72-1", "Art72-2", "Art72-3", "Art72-4"],
    "post-market-monitoring-report": ["Art72-1", "Art72-2", "Art72-3"],
    "classification-record": [
        "Art3-1",
        "Art2",
        *(f"Art5-1-{x}" for x in ("a", "b", "ba", "bb", *"cdefgh")),
        "AnnexI",
        *(f"Art6-{number}" for number in (1, 2, 3, 4)),
        "Art43",
        *(f"Art50-{n}" for n in (1, 2, 3, 4)),
        "Art53",
        "Art25-1",
        "Art111",
    ],
    "deployer-file": [
        "Art26-1",
        "Art26-2",
        "Art26-4",
        "Art26-5-i",
        "Art26-5-ii",
        *(f"Art26-{n}" for n in range(6, 13)),
        "Art86-1",
    ],
    "fundamental-rights-impact-assessment": [
        *(f"Art27-1-{x}" for x in "abcdef"),
        "Art27-2",
        "Art27-3",
        "Art27-4",
    ],
}
# What the full ledger leaves open, and why: nothing that an entry could provide.
NOT_PROVIDED: Mapping[str, set[str]] = {
    "risk-management-file": {"Art9-7", "Art9-10"},
    "data-governance-report": {"Art10-6", "Art4a-1", "Art4a-2"},
    "serious-incident-report": {"Art73-10"},
    "post-market-monitoring-plan": {"Art72-4"},
    "classification-record": {"Art6-4"},
    "deployer-file": {"Art26-4", "Art26-5-ii", "Art26-7", "Art26-8", "Art26-10", "Art26-12"},
    "declaration-of-conformity": {"AnnexV-6", "AnnexV-7", "Art47-1", "Art47-3"},
}
DOCUMENTS = tuple(POPULATION)
POINTS = [(name, point) for name, points in POPULATION.items() for point in points]
# Never made with a gap, and without the apparatus of statuses: see test_eu_declaration.
WHOLE = {"declaration-of-conformity"}
usual = pytest.mark.parametrize("document", [name for name in DOCUMENTS if name not in WHOLE])
everywhere = pytest.mark.parametrize("document", DOCUMENTS)


@cache
def full(document: str) -> BuiltDocument:
    return build(file_ledger(document), document)


@cache
def bare(document: str) -> BuiltDocument:
    return build(bare_ledger(document), document)


@everywhere
def test_its_points_are_the_items_of_the_law(document: str) -> None:
    spec = PACK.document(document)

    assert sorted(point.id for point in spec.points) == sorted(POPULATION[document])
    assert list(spec.data["requirements"]) == POPULATION[document]
    for point in spec.points:
        assert all(part in point.cite for part in point.data["label"].split(", "))


@usual
@pytest.mark.parametrize("make", [full, bare])
def test_each_point_has_one_section_with_its_requirement(document: str, make: Any) -> None:
    markdown = parse_shifted(make(document).markdown)

    for point in PACK.document(document).points:
        assert markdown.count(f"{{id={point.id}}}") == 1
        assert f"{point.cite}: {point.requirement.say('en')}" in markdown


@usual
def test_with_a_register_entry_alone_nothing_is_provided_and_each_gap_says_how_to_close_it(document: str) -> None:
    built = bare(document)

    text = words(built.data)
    assert built.summary.provided == 0
    assert built.summary.open + built.summary.not_due_yet == built.summary.total
    for status in built.statuses:
        for item in status.items:
            if item.open and item.required:
                assert f"{item.what}: {item.reason}." in text
                assert item.record in text


@everywhere
def test_a_full_ledger_provides_every_point(document: str) -> None:
    open_ones = {one.id: f"{one.status}: {one.reason}" for one in full(document).statuses if one.status != "provided"}

    assert open_ones.keys() == NOT_PROVIDED.get(document, set()), open_ones


@pytest.mark.parametrize(("document", "point"), POINTS)
def test_a_point_is_no_longer_provided_without_the_entries_it_rests_on(document: str, point: str) -> None:
    if point in NOT_PROVIDED.get(document, ()):
        return
    ledger = file_ledger(document)
    for _ in range(4):  # what is left may still answer in another way
        status = judged(ledger, document)[point]
        rests_on = {fact.index for fact in status.entries}
        if not rests_on:
            break
        ledger.held = [_taken_away(entry) if entry.index in rests_on else entry for entry in ledger.held]

    assert judged(ledger, document)[point].status != "provided"


def _marked(pack: Pack) -> Pack:
    def mark(text: str) -> str:
        return "⟦" + " ⟧".join("⟦ " + hole for hole in re.findall(r"\{[a-z_]+\}", text)) + "⟧"

    texts = {key: mark(text) if not key.startswith("labels.") else text for key, text in pack.texts["en"].items()}
    return replace(pack, texts=MappingProxyType({"en": MappingProxyType(texts)}))


def _known_words(ledger: HandLedger, built: BuiltDocument) -> set[str]:
    sources = [json.dumps([[entry.data, entry.kind, entry.subject] for entry in ledger.held], ensure_ascii=False)]
    sources += [f"{one.signers}" for one in ledger.held]
    for status in built.statuses:
        sources += [status.title, status.cite, status.requirement, status.status, status.reason]
        sources += [f"{item.what} {item.reason} {item.record} {item.status}" for item in status.items]
    spec = PACK.document(built.document)
    sources += [json.dumps(_thawed(PACK.data), ensure_ascii=False)]
    sources += [str(point.data["label"]) for point in spec.points]
    sources += [f"{basis.title.say('en')} {basis.version} {basis.as_of}" for basis in spec.bases]
    sources += [ledger.origin, PACK.id, PACK.version, "yes no", *STATUS_WORDS]
    return set(re.findall(r"[^\W\d_]{3,}", " ".join(sources).replace("_", " ")))


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _thawed(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_thawed(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@everywhere
@pytest.mark.parametrize("make", [bare_ledger, file_ledger])
def test_templates_hold_no_words_of_their_own(document: str, make: Any) -> None:
    ledger = make(document)
    if document in WHOLE and make is bare_ledger:
        return
    built = build(ledger, document, pack=_marked(PACK))

    known = _known_words(ledger, built)
    strange = []
    for line in parse_shifted(built.markdown).splitlines():
        if line.startswith("!["):  # a drawing, of which docgen itself says what it shows
            continue
        said = re.sub(r'id="[^"]*"', "", line)
        printed = " ".join(re.findall(r'"([^"]*)"', said)) if line.startswith(":::") else line
        printed = re.sub(r"\]\([a-z]+:[^)]*\)|\]\(<[^)]*>\)|\]\(#[^)]*\)|\{id=[^}]*\}", "]", printed)
        printed = re.sub(r"\b[0-9a-f]{8,64}\b", "", printed)
        strange += [word for word in re.findall(r"[^\W\d_]{3,}", printed) if word not in known]

    assert sorted(set(strange) - {"UTC"}) == []


@everywhere
def test_hostile_text_prints_as_itself_and_changes_no_section(document: str) -> None:
    ledger = file_ledger(document)
    for place, entry in enumerate(ledger.held):
        if entry.kind != "ledger":
            ledger.held[place] = replace(entry, data=_poisoned(entry))

    built = build(ledger, document)

    text = words(built.data)
    assert text.count(HOSTILE.split("\n", maxsplit=1)[0]) > 15
    assert "9872" not in re.sub(r"[0-9a-f]{8,}", "", text)
    named = [id_ for id_ in _headings(built) if id_.startswith(("Art", "Annex"))]
    assert named == [id_ for id_ in _headings(full(document)) if id_.startswith(("Art", "Annex"))]


def _headings(built: BuiltDocument) -> list[str]:
    return re.findall(r"\{id=([^}]*)\}", parse_shifted(built.markdown))


def _poisoned(entry: Entry) -> dict[str, Any]:
    """The body with hostile text in every member that takes free text and names nothing else."""
    data: dict[str, Any] = json.loads(json.dumps(entry.data))
    for holder, key in list(_strings(data)):
        before = holder[key]
        if key in CASES.values() or before in CASES.values():
            continue
        holder[key] = HOSTILE
        try:
            validate_body(entry.kind, data)
        except SchemaError:
            holder[key] = before
    return data


def _strings(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        if isinstance(inner, str):
            yield value, key
        else:
            yield from _strings(inner)


def _taken_away(entry: Entry) -> Entry:
    """The register entry with what is required only; every other entry as if it were about another system."""
    if entry.kind == "ai_system":
        return replace(entry, data=system_body(entry.data["system_version"], provider={"party_id": "bank"}))
    if entry.data.get("incident_id") in CASES.values():
        return replace(entry, data=INCIDENT)
    return replace(entry, subject="another-system", data={**entry.data, "systems": ["another-system"]})


class TestGerman:
    @everywhere
    def test_it_has_the_texts_of_the_english_document_with_the_same_holes(self, document: str) -> None:
        english, german = (_flat(tomllib.loads((HOME / "texts" / lang / f"{document}.toml").read_text("utf-8")))
                           for lang in ("en", "de"))  # fmt: skip

        assert german.keys() == english.keys()
        for key, text in english.items():
            assert set(re.findall(r"\{[a-z_]+\}", german[key])) == set(re.findall(r"\{[a-z_]+\}", text)), key
            assert german[key] != text or len(text) < 14, key

    def test_what_documents_share_is_there_too(self) -> None:
        english, german = (_flat(tomllib.loads((HOME / "texts" / lang / "evidence.toml").read_text("utf-8")))
                           for lang in ("en", "de"))  # fmt: skip

        assert {key for key in english if not key.startswith("word.")} <= german.keys()

    @everywhere
    @pytest.mark.parametrize("make", [bare_ledger, file_ledger])
    def test_it_is_built_with_german_titles_and_the_same_statuses(self, document: str, make: Any) -> None:
        if document in WHOLE and make is bare_ledger:
            return
        english = build(make(document), document)
        german = build(make(document), document, language="de")

        assert [one.status for one in german.statuses] == [one.status for one in english.statuses]
        assert all(de.title != en.title for de, en in zip(german.statuses, english.statuses, strict=True))
        assert _headings(german) == _headings(english)
        assert german.cited == english.cited


class _Asked(dict[str, str]):
    """Texts that note which words of a schema were asked for and are not there."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.missing: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self and key.startswith("word."):
            self.missing.add(key)
        return super().get(key, default)


@everywhere
def test_no_fixed_value_of_an_entry_stays_english_in_a_german_document(document: str) -> None:
    asked = _Asked(PACK.texts["de"])
    pack = replace(PACK, texts=MappingProxyType({**PACK.texts, "de": asked}))
    build(file_ledger(document), document, pack=pack, language="de")

    assert {key for key in asked.missing if not key.startswith("word.Annex")} == set()


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return flat
