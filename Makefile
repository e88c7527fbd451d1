# Works in a fresh clone with Python 3.11 or later, git and make; every target sets up what it needs.
#
#   make demo    the main job on real data: train, record, verify, write the Word files into out/
#   make test    all tests                      (make test ARGS="-k checkpoint")
#   make check   format, lint, types, import contracts, spelling, generated files, wheel contents
#   make bench   the numbers of the README, with the machine they were measured on
#   make clean   removes what the other targets wrote, except the virtual environment

VENV ?= .venv
BIN  := $(VENV)/bin
ARGS ?=
CODE := ledger docgen cli migrations templates tests examples benchmarks

.PHONY: demo test check bench clean format lint types imports spelling schemas reference wheel help
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two targets side by side would install into the same environment at the same time.
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

# --- the environment -------------------------------------------------------------------------------

EXTRAS_core  :=
EXTRAS_demo  := [example,charts]
EXTRAS_test  := [example,test]
EXTRAS_check := [dev]

$(BIN)/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    echo "setting up $(VENV) with $$($$candidate --version)"; \
	    $$candidate -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "$$candidate cannot make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 2; \
	done; \
	echo "no Python 3.11 or later found; name one: make PYTHON=/path/to/python3.11" >&2; exit 2

# The stamp is older than pyproject.toml after a package or a dependency was added there.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	@echo "installing aims-ledger$(EXTRAS_$*) into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRAS_$*)'
	@touch $@

# --- what people run -------------------------------------------------------------------------------

demo: $(VENV)/.installed-demo
	@$(BIN)/python examples/credit_scoring/run.py --out out $(ARGS)

# pytest exits with 5 when it collected nothing, so an empty run fails here.
test: $(VENV)/.installed-test
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: format lint types imports spelling schemas reference wheel
	@echo "check: everything passed"

bench: $(VENV)/.installed-core
	@$(BIN)/python -m benchmarks.run $(ARGS)

clean:
	@rm -rf out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- the steps of `make check` ---------------------------------------------------------------------

format: $(VENV)/.installed-check
	@echo "format";    $(BIN)/ruff format --quiet --check --output-format concise .

lint: $(VENV)/.installed-check
	@echo "lint";      $(BIN)/ruff check --quiet --output-format concise .

types: $(VENV)/.installed-check
	@echo "types";     $(BIN)/mypy --no-error-summary ledger docgen cli migrations $(wildcard examples)

imports: $(VENV)/.installed-check
	@echo "imports";   said=$$($(BIN)/lint-imports 2>&1) || { echo "$$said"; exit 1; }

spelling: $(VENV)/.installed-check
	@echo "spelling";  $(BIN)/codespell $$(git ls-files)

schemas: $(VENV)/.installed-check
	@echo "schemas";   $(BIN)/python -m ledger.kinds.export --check

reference: $(VENV)/.installed-check
	@echo "reference"; $(BIN)/python -m cli.reference --check docs/cli.md

wheel: $(VENV)/.installed-check
	@echo "wheel";     $(BIN)/python -m pytest --quiet tests/packaging
