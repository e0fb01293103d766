# make run and make test need Python 3.11, git and make; everything else they install.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
SCALE ?= 1/100 1/10 1
STUDY := data/nam-giang/study.toml

# A worker a core, each with files of its own: what a file prepares is prepared once. WORKERS= takes one process.
WORKERS := -n logical --maxprocesses 4 --dist loadfile

# How long `make fuzz` looks, in seconds.
SECONDS ?= 900

.PHONY: run test lint bench soak soak-cluster fuzz kills notebooks docs release clean
.DEFAULT_GOAL := help

help:
	@echo "make run        install, then plan the bundled study of Nam Giang, draw its footprints and map"
	@echo "make test       install, then run every test"
	@echo "make lint       ruff, mypy, import layers"
	@echo "make bench      install, then measure speed and accuracy into BENCHMARKS.md (wants a quiet machine)"
	@echo "make soak       install, then run the verbs on a made-up nation of three sizes: half an hour (SCALE=1/100: a minute)"
	@echo "make fuzz       install, then read spoilt files for SECONDS=900; failures go to fuzz-found/"
	@echo "make kills      kill commands 200 times at random moments; each second run must be right (an hour)"
	@echo "make soak-cluster  verbs by four Dask workers, one killed each minute: the same bytes (a quarter of an hour)"
	@echo "make notebooks  execute the notebooks"
	@echo "make docs       build the documentation into site/: open site/index.html"
	@echo "make release    the checklist: tree, versions, tests, archives, an empty environment, quickstart offline"

run: $(STAMP)
	$(BIN)/phusong run $(STUDY) --out maps/nam-giang --replace
	$(BIN)/phusong cover $(STUDY) --out maps/nam-giang-cover --replace
	$(BIN)/phusong map maps/nam-giang --cover maps/nam-giang-cover

# Meanwhile the run compiles what is not yet compiled: a minute on a fresh checkout.
test: $(STAMP)
	$(BIN)/phusong run $(STUDY) --out .venv/warm --replace > .venv/warm.txt 2>&1 &
	$(MAKE) --no-print-directory lint
	sh tests/install_browser.sh
	sh tests/install_postgis.sh
	$(BIN)/pytest $(WORKERS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache > .venv/lint-imports.txt || (cat .venv/lint-imports.txt; exit 1)

# On a quiet machine: every figure is a time.
bench: $(STAMP)
	sh tests/install_peers.sh
	$(BIN)/python -m pip install -qq --editable '.[bench]'
	PYTHONPATH=tests $(BIN)/python -m benchmarks

# Prints seconds, memory, growth and targets, keeps nothing.
soak: $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m benchmarks.scale --scale $(SCALE)

# A third each by chance, where coverage leads (atheris), and by hypothesis, which makes failures small.
fuzz: $(STAMP)
	$(BIN)/python -m pip install -qq --editable '.[fuzz]' || echo "no atheris for this Python: the guided part is left out"
	PYTHONPATH=tests $(BIN)/python -m fuzz.all $(SECONDS)

kills: $(STAMP)
	PYTHONPATH=tests $(BIN)/python tests/soak_kills.py --kills 200

soak-cluster: $(STAMP)
	PYTHONPATH=tests $(BIN)/python tests/soak_cluster.py

notebooks: $(STAMP)
	$(BIN)/pytest tests/test_notebooks.py

docs: $(STAMP)
	$(BIN)/mkdocs build --strict

release: $(STAMP)
	$(BIN)/python tests/release.py

$(STAMP): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "phusong needs Python 3.11 or newer; say PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --upgrade pip
	$(BIN)/python -m pip install -qq --editable '.[test]'
	touch $(STAMP)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
