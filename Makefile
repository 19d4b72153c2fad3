# `make` alone lists what there is.
PYTHON ?= python3
VENV ?= .venv
DOCKER ?= docker
IMAGE ?= pcdet-sched
# `make run PORT=8600`, and WATCH=auto to reload the page at every saved change.
PORT ?=
WATCH ?= none
# TORCH=cpu or TORCH=cuda chooses torch's build, else an NVIDIA driver does: scripts/torch_build.py reads it.

BIN := $(VENV)/bin
# A stamp's name holds the checksum of what it was installed from: a changed file asks for a new stamp.
checksum = $(firstword $(shell cat $(1) | cksum))
RUN_STAMP := $(VENV)/.installed-run-$(call checksum,requirements.txt)
TEST_STAMP := $(VENV)/.installed-test-$(call checksum,requirements.txt requirements-dev.txt)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check format browser bench screenshots messages translated docker clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## Open the app; the first time installs it into .venv
	$(BIN)/streamlit run app.py --server.fileWatcherType $(WATCH) $(if $(PORT),--server.port $(PORT))

test: check browser ## Lint, types and every test
	$(BIN)/python -m pytest $(or $(ARGS),-n 2 --dist worksteal)

check: $(TEST_STAMP) ## Lint, types and the floors of the imports only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TEST_STAMP) ## Format, and mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

browser: $(TEST_STAMP) ## Get a Chromium for the tests, where there is none
	@if command -v chromium || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -q -y --no-install-recommends chromium; \
	else $(BIN)/playwright install chromium; fi

bench: $(TEST_STAMP) ## Measure, and write docs/performance.md
	$(BIN)/python scripts/bench.py $(ARGS)

screenshots: browser ## Take the screenshots of docs/img
	$(BIN)/python scripts/screenshots.py $(ARGS)

messages: $(TEST_STAMP) ## Bring the catalogues up to date with the sentences in the source
	$(BIN)/python scripts/messages.py $(ARGS)

translated: $(TEST_STAMP) ## Write the documents made from tables, and what each translation was made from
	$(BIN)/python -m scripts.translated

docker: ## Build the container image
	$(DOCKER) build -t $(IMAGE) .
	@echo "Start it: $(DOCKER) run --rm -p 8501:8501 $(IMAGE)"

clean: ## Remove what tools have left behind, .venv too
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "$(PYTHON) is missing or older than 3.11. Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Requirements come first: they pin torch, which the package's range would take the newest of. The script says which
# build of it comes and how big it is.
$(RUN_STAMP): | $(BIN)/python
	index=$$($(BIN)/python scripts/torch_build.py) && $(BIN)/python -m pip install --disable-pip-version-check -q \
		$${index:+--extra-index-url "$$index"} -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
	@rm -f $(VENV)/.installed-run-*
	@touch $@

$(TEST_STAMP): $(RUN_STAMP)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt -r requirements-dev.txt
	@rm -f $(VENV)/.installed-test-*
	@touch $@
