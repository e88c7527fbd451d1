"""What docgen itself says, in the languages that it speaks besides English."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from docgen.packs import load_pack
from docgen.reasons import REASONS
from ledger.kinds import KINDS, body_class
from ledger.kinds.erasable import parts_in
from tests.docgen.samples import PACK_TOML, write_pack

GERMAN = tomllib.loads(files("docgen.templates").joinpath("_words", "de.toml").read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("key", sorted(REASONS))
def test_every_reason_is_there_in_german_with_the_same_values(key: str) -> None:
    assert placeholders(GERMAN["reason"][key]) == placeholders(REASONS[key])


def test_no_reason_is_translated_that_does_not_exist() -> None:
    assert GERMAN["reason"].keys() == REASONS.keys()


def fixed_values(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """Every fixed value of a kind's members, at any depth."""
    if model in seen:
        return set()
    seen.add(model)
    found: set[str] = set()
    for field in model.model_fields.values():
        stack = [field.annotation]
        while stack:
            one = stack.pop()
            if isinstance(one, str):
                found.add(one)
            stack += get_args(one)
        for part in parts_in(field.annotation):
            found |= fixed_values(part, seen)
    return found


def test_every_word_is_a_kind_or_a_fixed_value_of_one() -> None:
    seen: set[type[BaseModel]] = set()
    known = set(KINDS).union(*(fixed_values(body_class(kind), seen) for kind in KINDS))

    assert set(GERMAN["word"]) - known == set()


def test_the_texts_of_a_pack_go_before_what_docgen_says(tmp_path: Path) -> None:
    toml = PACK_TOML.format(id="sample").replace('languages = ["en"]', 'languages = ["en", "de"]')
    folder = write_pack(tmp_path, pack__toml=toml)
    (folder / "texts" / "de.toml").write_text('[word]\nrisk = "Gefahr"\n', encoding="utf-8")

    texts = load_pack(folder).texts

    assert (texts["de"]["word.risk"], texts["de"]["word.provider"]) == ("Gefahr", "Anbieter")
    assert "word.provider" not in texts["en"]
