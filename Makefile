# Two commands are enough for a newcomer: make demo, make test. Only Python 3.11+, venv and make are needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo demo-instant test check bench prove pictures lock clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	touch $@

demo: $(VENV)/installed  ## play the 6.17 scenario in about three minutes and open the console
	$(BIN)/huiying demo --data demo-data

demo-instant: $(VENV)/installed  ## the same story at once, ending with the score sheet
	$(BIN)/huiying demo --instant --data demo-data

# What is hostile runs first and apart: it forks, which no process with a running crawler may.
test: $(VENV)/installed-dev  ## the whole test suite, on two processes
	$(BIN)/python -m pytest tests/bad
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/bad

check: $(VENV)/installed-dev  ## format, lint, types, import order, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate -q .
	$(BIN)/codespell analysis bench console core crawler docs release tests *.md
	$(BIN)/djlint console/templates release/outlets/templates analysis/reports/templates --check --lint
	$(BIN)/deptry .
	$(BIN)/vulture

bench: $(VENV)/installed-dev  ## speed as ratios against a named peer in the same run
	$(BIN)/huiying bench

prove: $(VENV)/installed-dev  ## long proofs: crash points, races, fuzzing (PROVE=short for the CI round)
	$(BIN)/python -m pytest -o testpaths=tests/proofs -o python_files='prove_*.py'

pictures: $(VENV)/installed-dev  ## take the README's pictures from a running demo (needs chromium)
	$(BIN)/python tests/pictures.py

lock:  ## resolve the locks again (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## remove the environment and the demo's data
	rm -rf $(VENV) demo-data
