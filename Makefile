# `make` alone prints the verbs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NOW := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip
INSTALL := $(PIP) install --disable-pip-version-check -q
# What packages of requirements-nodeps.txt ask for and must not get, since it fills the folder of its stand-in.
REPLACED := opencv-python

.DEFAULT_GOAL := help
.PHONY: help run demo test offline check fuzz bench cleanroom mutate clean

help:  ## print the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/.installed  ## install what is missing and start everything
	@exec $(NOW) up

demo: $(VENV)/.installed  ## load the demo catalogue, then start everything
	@$(NOW) demo
	@exec $(NOW) up

test: $(VENV)/.installed-dev  ## run the tests, or those named by TESTS=...; what this machine lacks is skipped by name
	$(BIN)/python -m pytest $(TESTS)

offline: $(VENV)/.installed-dev  ## run everything under a watch: nothing may leave this machine or lie outside its home
	$(BIN)/python -m pytest tests/offline

check: $(VENV)/.installed-dev  ## format, lint, templates, import order, dead code, types, migrations, file lengths
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --check --quiet
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/vulture manage.py mediarec recommender worker benchmarks
	$(BIN)/vulture
	$(BIN)/mypy
	$(NOW) makemigrations --check --dry-run
	$(BIN)/python tests/file_lengths.py

fuzz: $(VENV)/.installed-dev  ## read 10,000 spoiled files of each format: only sentences may come out
	DJANGO_SETTINGS_MODULE=mediarec.settings $(BIN)/python -m tests.fuzz_all --count 10000

mutate: $(VENV)/.installed-dev  ## make small faults in a copy, one at a time, and say which no test notices (ARGS="--only NAME", --list)
	$(BIN)/python -m tests.mutations $(ARGS)

bench: $(VENV)/.installed  ## measure the home page with 20,000 items; the result goes to benchmarks/results
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(NOW) benchmark home --items 20000 --json benchmarks/results/home-20000.json

cleanroom:  ## go from a fresh checkout to a found clip on a bare Debian made for it; as root, with mmdebstrap; TESTS=all
	@$(PYTHON) -m tests.cleanroom --tests "$(TESTS)" $(if $(MINUTES),--minutes $(MINUTES)) $(if $(KEEP),--keep)

clean:  ## remove the virtual environment (never the data under MEDIAREC_HOME)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "mediarec needs Python 3.11 or newer, and $(PYTHON) is not here; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "mediarec needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

# A stand-in that was installed beside what it replaces loses its files with it, so it is looked at and put back.
define install
	@$(PIP) uninstall -qq -y $(REPLACED)
	$(INSTALL) -r $(1)
	$(INSTALL) --no-deps -r requirements-nodeps.txt
	@$(BIN)/python -c 'import cv2; cv2.__version__' 2>/dev/null || \
	    $(INSTALL) --no-deps --force-reinstall $$(grep '^opencv-python-headless==' requirements.txt)
endef

$(VENV)/.installed: requirements.txt requirements-nodeps.txt | $(VENV)/bin/python
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-nodeps.txt requirements-dev.txt | $(VENV)/bin/python
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.installed
