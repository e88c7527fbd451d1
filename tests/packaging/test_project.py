"""The lists in pyproject.toml that must follow the folders and the code."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.distribution import ROOT, project_files

# What in ledger/ opens files, knows SQL or reads the clock; every other module is bound by the pure contract.
SHELL = {
    "ledger.anchoring",
    "ledger.batch",
    "ledger.bundle",
    "ledger.checking",
    "ledger.client",
    "ledger.compose",
    "ledger.counting",
    "ledger.erasing",
    "ledger.filelock",
    "ledger.founding",
    "ledger.keys.keystore",
    "ledger.keys.pkcs11",
    "ledger.keys.signer_memory",
    "ledger.memory",
    "ledger.offline",
    "ledger.past",
    "ledger.posting",
    "ledger.proving",
    "ledger.received",
    "ledger.status",
    "ledger.store",
    "ledger.tiletree",
    "ledger.timestamps.stamping",
    "ledger.uuid7",
    "ledger.verifying.baseline",
    "ledger.verifying.concluding",
    "ledger.verifying.inspection",
    "ledger.verifying.joining",
    "ledger.verifying.keyfold",
    "ledger.verifying.known",
    "ledger.verifying.monitoring",
    "ledger.verifying.outcomes",
    "ledger.verifying.rereading",
    "ledger.verifying.resuming",
    "ledger.verifying.verification",
    "ledger.verifying.workers",
    "ledger.vouching",
    "ledger.witness",
}

# Packages that hold both; each of their modules is named by itself.
MIXED = {"keys", "timestamps", "verifying"}

# What the shipped code imports only where it is needed; without one the error names the extra.
EXTRAS = ("timestamps", "pkcs11", "xlsx", "charts", "pdf")

SHIPPED = ("ledger", "docgen", "cli", "migrations", "templates")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    """Returns the normalised names of the distributions that the requirements name."""
    return {normal(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0]) for text in requirements}


def imported_libraries(folder_names: tuple[str, ...]) -> set[str]:
    """Returns the top names that the code imports, anywhere in a file, without ours and Python's own."""
    found = set()
    for path in project_files():
        if path.suffix != ".py" or path.parts[0] not in folder_names:
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    found = {"pydantic" if name == "pydantic_core" else name for name in found}  # one library in two distributions
    return found - set(sys.stdlib_module_names) - {*SHIPPED, "tests", "examples", "benchmarks"}


def test_every_package_folder_is_listed_for_the_wheel(project: dict[str, Any]) -> None:
    listed = set(project["tool"]["setuptools"]["packages"])
    grafted = {path: name for name, path in project["tool"]["setuptools"]["package-dir"].items()}

    folders = {path.parent for path in project_files() if path.name == "__init__.py" and path.parts[0] in SHIPPED}
    names = {".".join((grafted.get(folder.parts[0], folder.parts[0]), *folder.parts[1:])) for folder in folders}

    assert names == listed


def test_every_module_of_the_ledger_is_pure_or_named_as_shell(project: dict[str, Any]) -> None:
    contracts = project["tool"]["importlinter"]["contracts"]
    (pure,) = (set(contract["source_modules"]) for contract in contracts if contract["name"].startswith("the pure"))

    files = [path for path in project_files() if path.parts[0] == "ledger" and path.suffix == ".py"]
    depths = {path: 3 if path.parts[1] in MIXED else 2 for path in files}
    modules = {".".join(path.with_suffix("").parts[:depth]) for path, depth in depths.items()}
    modules = {module for module in modules if not module.endswith("__init__")}

    assert pure.isdisjoint(SHELL)
    assert pure | SHELL == modules


def test_every_library_that_the_shipped_code_imports_is_a_dependency(project: dict[str, Any]) -> None:
    core = declared(project["project"]["dependencies"])
    for extra in EXTRAS:
        core |= declared(project["project"]["optional-dependencies"][extra])
    owners = packages_distributions()

    undeclared = {
        library
        for library in imported_libraries(SHIPPED)
        if core.isdisjoint(normal(name) for name in owners.get(library, ()))
    }

    assert undeclared == set()


def test_every_dependency_is_imported_somewhere(project: dict[str, Any]) -> None:
    owners = packages_distributions()
    used = {normal(name) for library in imported_libraries(SHIPPED) for name in owners.get(library, ())}

    assert declared(project["project"]["dependencies"]) - used == set()


@pytest.mark.parametrize("package", ["ledger", "docgen", "cli"])
def test_every_package_tells_type_checkers_that_it_is_typed(package: str) -> None:
    assert Path(package, "py.typed") in project_files()
