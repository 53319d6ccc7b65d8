# `make` alone prints the verbs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NOW := $(BIN)/python manage.py

.DEFAULT_GOAL := help
.PHONY: help run demo test check fuzz bench clean

help:  ## print the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.installed  ## install what is missing and start everything
	@exec $(NOW) up

demo: $(VENV)/.installed  ## load the demo catalogue, then start everything
	@$(NOW) demo
	@exec $(NOW) up

test: $(VENV)/.installed-dev  ## run the tests; what this machine lacks is skipped by name
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev  ## format, lint, import order, dead code, types, migrations, file lengths
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/vulture manage.py mediarec recommender worker benchmarks
	$(BIN)/vulture
	$(BIN)/mypy
	$(NOW) makemigrations --check --dry-run
	$(BIN)/python tests/file_lengths.py

fuzz: $(VENV)/.installed-dev  ## read 10,000 spoiled files of each format: only sentences may come out
	DJANGO_SETTINGS_MODULE=mediarec.settings $(BIN)/python -m tests.fuzz_all --count 10000

bench: $(VENV)/.installed  ## measure the home page with 20,000 items; the result goes to benchmarks/results
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(NOW) benchmark home --items 20000 --json benchmarks/results/home-20000.json

clean:  ## remove the virtual environment (never the data under MEDIAREC_HOME)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "mediarec needs Python 3.11 or newer, and $(PYTHON) is not here; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mediarec needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
