# One place for every command; "make help" lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Off by default: PyPI's torch for Linux brings CUDA. TORCH_INDEX names an index with CPU builds,
# for example PyTorch's own: make setup TORCH_INDEX=<its address>
TORCH_INDEX ?=
export INSTANCE_PATH ?= $(CURDIR)/instance
export PORT ?= 5000

.DEFAULT_GOAL := help
.PHONY: help setup run test e2e lint format bench clean

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "• creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing, or the disk is full" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: requirements.txt $(VENV)/.python
	@echo "• installing what the site needs (the first time takes minutes: torch is large)"
	@$(if $(TORCH_INDEX),$(BIN)/pip install -q --disable-pip-version-check --extra-index-url $(TORCH_INDEX) torch==2.13.0+cpu &&) \
	  $(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "• installing what tests and checks need"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.installed ## Install only

run: setup ## Prepare what is missing and serve the site on http://127.0.0.1:$(PORT)
	@exec $(BIN)/flask --app wsgi serve

test: $(VENV)/.installed-dev ## Run the tests (no server, no browser needed)
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

e2e: $(VENV)/.installed-dev ## Run the browser tests (needs Chromium)
	@$(BIN)/pytest -m e2e -p no:randomly

lint: $(VENV)/.installed-dev ## Check style, types, layers and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --check --lint --quiet marketplace/templates

format: $(VENV)/.installed-dev ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djlint --reformat --quiet marketplace/templates

bench: $(VENV)/.installed-dev ## Measure the search at 100,000 documents beside a floor (needs the evaluation data)
	@$(BIN)/flask --app wsgi search bench --docs 100000 \
	  --library ../shared/evaldata/speed_library.jsonl.gz --vectors ../shared/evaldata/speed_vectors.npy

clean: ## Remove what the site has written (database, index, model, keys, mails)
	@cd "$(INSTANCE_PATH)" 2>/dev/null && rm -rf site.db* index model keys cache uploads mailbox e2e || true
