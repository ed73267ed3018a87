# Two commands do everything on a fresh machine: `make check` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKFLOWS := .github/workflows/*.yml governance/start/workflow.yml

.PHONY: check test lint fuzz generate clean

check: $(VENV)/base
	$(BIN)/keb-govern check

# Much of it waits, for servers, git and pre-commit: two tests at a time.
test: lint
	$(BIN)/pytest --numprocesses 2

lint: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/zizmor --quiet --offline --persona pedantic action.yml $(WORKFLOWS)

# Ten minutes of random files, where `make test` spends seconds.
fuzz: $(VENV)/test
	KEB_FUZZ_EXAMPLES=20000 $(BIN)/pytest tests/test_fuzz.py tests/test_compat_property.py -q

generate: $(VENV)/base
	$(BIN)/keb-govern generate

$(VENV)/base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q governance
	touch $@

$(VENV)/test: pyproject.toml | $(VENV)/base
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
