# Complaint intake: `make` alone lists the commands. Needs Python 3.11+ and make, nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test test-unit bench train eval check audit docs screenshots lock clean

VENV := .venv
PEERS := .venv-peers
PYTHON := $(VENV)/bin/python
INTAKE := $(VENV)/bin/intake
UNIT := $(PYTHON) -m pytest -m "not services" --disable-socket --allow-unix-socket -n 2
PRODUCT := schemas infra connectors gateway workers operations deploy
SERVICES := $(PYTHON) -m pytest -m services -n 2 --no-loadscope-reorder

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.runtime ## put everything the product needs into .venv

run: install ## start everything with sample complaints; Ctrl-C stops it
	@exec $(INTAKE) run --demo

test: $(VENV)/.development ## every test, unit tests first, then those on the real Kafka, PostgreSQL and mailbox
	$(UNIT)
	$(SERVICES)

test-unit: $(VENV)/.development ## only the tests that need no service (seconds)
	$(UNIT)

bench: $(VENV)/.development $(PEERS)/.made ## benchmarks against peers and minimal loops; NAMES="posts drain", OPTIONS=--quick
	$(PYTHON) -m tests.bench $(NAMES) --json bench-results/latest.json $(OPTIONS)

train: $(VENV)/.development ## make a text model of the labelled messages, put it in use if no class falls; OPTIONS="--corrections FILE"
	$(PYTHON) -m deploy.training.train $(OPTIONS)
	$(PYTHON) -m deploy.training.card

eval: $(VENV)/.development ## quality of understanding on frozen labelled messages and of linking on simulated streams, beside baselines
	$(PYTHON) -m deploy.training.evaluate
	$(PYTHON) -m deploy.training.fields_eval
	$(PYTHON) -m deploy.training.link_eval

check: $(VENV)/.development ## format, lint, import rules, types, bandit, unit tests, in the order of speed
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy
	$(VENV)/bin/bandit --quiet --recursive --configfile pyproject.toml $(PRODUCT)
	$(UNIT)

audit: $(VENV)/.development ## known vulnerabilities of the locked requirements (needs the network); what is known: docs/security.md
	$(VENV)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/runtime.txt

docs: install ## print the tables of README.md and schemas/json from the declarations
	$(PYTHON) -m deploy.contract
	$(PYTHON) -m deploy.docs

screenshots: $(VENV)/.development ## take the pictures of the documentation from a running demo (needs Chromium)
	$(PYTHON) -m tests.browser.screenshots

lock: ## compile requirements/*.txt anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group build --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/runtime.txt
	uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -c requirements/runtime.txt -o requirements/development.txt
	uv pip compile --group pyproject.toml:bench --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/bench.txt

clean: ## remove .venv, .venv-peers, caches and the data of the embedded platform
	@if [ -x $(INTAKE) ]; then $(INTAKE) platform reset --yes; fi
	rm -rf $(VENV) $(PEERS) .intake .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The newest Python that is new enough and runs; only looked for when .venv has to be made.
$(VENV)/.made:
	@for candidate in python3.13 python3.12 python3.11 python3; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "making $(VENV) with $$($$candidate --version)"; \
	    $$candidate -m venv $(VENV) && touch $@ && exit 0; \
	    echo "error: $$candidate cannot make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 1; \
	  fi; \
	done; \
	echo "error: Python 3.11 or newer is needed, and no python3.13, python3.12, python3.11 or python3 on PATH is" >&2; exit 1

# --no-build-isolation: setuptools comes from the hashed requirements too, nothing is fetched unpinned.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/.made
	@echo "installing requirements/runtime.txt (the first time about 200 MB)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.runtime
	@echo "installing requirements/development.txt"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@

# The frameworks we are measured against: never in the environment of the product.
$(PEERS)/.made: requirements/bench.txt | $(VENV)/.made
	@echo "installing requirements/bench.txt into $(PEERS)"
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@
