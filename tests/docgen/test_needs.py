"""A pack that does not fit together is refused with the place, before anything is built from it."""

from pathlib import Path
from typing import Any

import pytest

from docgen.errors import PackError, TemplateError
from docgen.packcheck import check_pack
from docgen.packs import available_packs, load_pack
from tests.docgen.minipack import TEMPLATE, make_pack

RISK = {"id": "risk", "kind": "risk"}


@pytest.mark.parametrize("pack", available_packs())
def test_every_shipped_pack_fits_together(pack: str) -> None:
    check_pack(load_pack(pack))


def test_a_small_pack_fits_together(tmp_path: Path) -> None:
    check_pack(make_pack(tmp_path, [RISK]))


@pytest.mark.parametrize(
    ("need", "problem"),
    [
        ({"id": "x", "kind": "rissk"}, "'rissk' is no kind"),
        ({"id": "x"}, "has 0 of kind, any_of, test, declared"),
        ({**RISK, "test": {"types": ["bias"]}}, "has 2 of kind, any_of, test, declared"),
        ({**RISK, "knid": 1}, "knid.*is not a known field"),
        ({**RISK, "where": [{"field": "scop", "is": "hazard"}]}, "'scop' is no member"),
        ({**RISK, "where": [{"field": "before.sverity", "is": 3}]}, "'sverity' is no member"),
        ({**RISK, "where": [{"field": "hazard.x", "is": 3}]}, "'x' is no member"),
        ({**RISK, "where": [{"field": "scope", "is": "hasard"}]}, "'hasard' is no value of it"),
        ({**RISK, "where": [{"field": "scope", "in": ["hazard", "x"]}]}, "'x' is no value of it"),
        ({**RISK, "where": [{"field": "scope"}]}, "has 0 tests"),
        ({**RISK, "where": [{"field": "scope", "is": "hazard", "filled": True}]}, "has 2 tests"),
        ({**RISK, "where": [{"field": "measures", "any": [{"field": "measurex", "filled": True}]}]}, "'measurex'"),
        ({**RISK, "where": [{"field": "owner", "filled": "yes"}]}, "expected bool"),
        ({**RISK, "version": "latest"}, "'latest', expected one of this, named, so_far, any"),
        ({**RISK, "count": 0}, "found 0, expected 1 or more"),
        ({**RISK, "fresh_days": "90"}, "found str, expected int"),
        ({**RISK, "due_field": "reviewdue"}, "'reviewdue' is no member"),
        ({**RISK, "after": "modelchange"}, "'modelchange' is no kind"),
        ({**RISK, "approved": ["documentx"]}, "'documentx' is no value"),
        ({**RISK, "signed_by": "owner.id"}, "'id' is no member"),
        ({**RISK, "covered": [{"field": "controls", "found_in": [{"kind": "control", "field": "id"}]}]}, "'id' is no"),
        ({"id": "x", "test": {"types": ["biass"]}}, "'biass' is no value"),
        ({"id": "x", "declared": {"kind": "control", "list": "drivers"}}, "has no items with kind, about and shows"),
        ({"id": "x", "any_of": [{"kind": "risk", "id": "y"}]}, "id.*is not a known field"),
        ({**RISK, "when": {"kind": "incident", "where": [{"field": "statex", "is": "x"}]}}, "'statex' is no member"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)  # fmt: skip
def test_a_need_that_means_nothing_is_refused(tmp_path: Path, need: dict[str, Any], problem: str) -> None:
    pack = make_pack(tmp_path, [need])

    with pytest.raises(PackError, match=problem):
        check_pack(pack)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('requirements = ["P-1", "P-2"]', "P-2 is answered by no point"),
        ('requirements = ["P-2"]', "point P-1 is not among them"),
        ("late_day = 7", "late_day.*is not a known field"),
        ("late_days = 0", "expected 1 or more"),
        ("freshness = { rissk = 3 }", "'rissk' is no kind"),
        ("bulk = { ai_decision = { tally = ['outcom'] } }", "'outcom' is no member"),
        ("not_applicable = { kind = 'control', where = [{ field = 'applicable', is = 'never' }] }", "'never' is no"),
    ],
)
def test_document_data_that_means_nothing_is_refused(tmp_path: Path, data: str, problem: str) -> None:
    pack = make_pack(tmp_path, [RISK], data=data)

    with pytest.raises(PackError, match=problem):
        check_pack(pack)


def test_two_needs_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="id 'risk' comes twice"):
        check_pack(make_pack(tmp_path, [RISK, RISK]))


def test_a_point_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"point P-1.*asks for no evidence"):
        check_pack(make_pack(tmp_path, []))


def test_a_point_without_needs_takes_those_of_its_document(tmp_path: Path) -> None:
    shared = 'needs = [{ id = "risk", kind = "risk" }]\n'

    check_pack(make_pack(tmp_path, {"P-1": [RISK], "P-2": []}, data=shared))


def test_evidence_without_words_is_refused_in_each_language(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, [RISK], languages=("en", "de"))
    (tmp_path / "mini" / "texts" / "de.toml").write_text("[need]\nother = 'x'\n")

    with pytest.raises(PackError, match=r"texts/de\.toml.*no words for the evidence 'risk' of P-1"):
        check_pack(load_pack(tmp_path / "mini"))
    check_pack(pack)


def test_a_lack_without_words_is_refused(tmp_path: Path) -> None:
    need = {**RISK, "has": [{"field": "before", "filled": True, "lack": "rating"}]}

    with pytest.raises(PackError, match=r"no text lack\.rating"):
        check_pack(make_pack(tmp_path, [need]))


def test_a_point_without_a_section_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="0 sections answer P-2"):
        check_pack(make_pack(tmp_path, {"P-1": [RISK], "P-2": [RISK]}, template="# One {id=P-1}\n"))


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ('t("nowhere")', "no text 'nowhere'"),
        ('t("greeting")', "wants name, given none"),
        ('t("greeting", name="x", age=3)', "wants name, given age, name"),
    ],
)
def test_a_text_called_wrongly_in_a_branch_nobody_reaches_is_found(tmp_path: Path, call: str, problem: str) -> None:
    template = f"{TEMPLATE}\n{{% if false %}}\n{{{{ {call} }}}}\n{{% endif %}}\n"
    pack = make_pack(tmp_path, [RISK], template=template, texts='greeting = "Hello {name}"')

    with pytest.raises(TemplateError, match=problem):
        check_pack(pack)


def test_a_template_that_breaks_on_an_empty_ledger_is_found(tmp_path: Path) -> None:
    pack = make_pack(tmp_path, [RISK], template='# One {id=P-1}\n\n{{ facts.one("risk").hazard }}\n')

    with pytest.raises(TemplateError, match="hazard"):
        check_pack(pack)
