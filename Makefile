# SentinelMesh: every command that a person needs. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := .:layers/common/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help install layer dashboard run test lint types contracts pages unit simulate mutate synth deploy smoke bench bench-mesh bench-pages lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: .venv/.installed node_modules/.installed ## install what the project needs, into its own folder

.venv/.installed: requirements/dev.txt requirements/uv.txt
	@scripts/require-python $(PYTHON)
	@echo "[install] Python packages into .venv (a minute the first time)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.txt
	touch $@

node_modules/.installed: package.json package-lock.json
	@scripts/require-node
	@echo "[install] the CDK command line into node_modules"
	npm ci --silent
	touch $@

layer: install ## build the layers of packages for Lambda (no Docker)
	@$(BIN)/python -m infra.layer_build

dashboard: install ## build the dashboard into dashboard/dist, if anything changed
	@$(BIN)/python scripts/build_dashboard.py

run: dashboard ## start the whole mesh on this machine; PORT=8080, FRESH=1 empty, DEMO=1 with examples
	@exec $(BIN)/python -m local

test: install lint types contracts pages unit ## everything that CI checks

lint: install
	@echo "[lint] ruff"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/check_sizes.py

types: install
	@echo "[types] mypy, strict"
	$(BIN)/mypy

contracts: install
	@echo "[contracts] who may import whom"
	$(BIN)/lint-imports --no-cache

pages: dashboard
	@echo "[dashboard] types and tests of its parts"
	$(BIN)/python scripts/build_dashboard.py --only-prepare
	npm --prefix dashboard run --silent check
	npm --prefix dashboard run --silent test

unit: install layer dashboard
	@echo "[tests] all suites"
	$(BIN)/python -m pytest -q -n $${TEST_WORKERS:-4} --dist worksteal

CDK_OUT ?= cdk.out
simulate: install ## the mesh under every fault, from seeds: SEEDS=100, FROM=1; SEED=7 tells one
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),100) --from $(or $(FROM),1))

mutate: install ## change rules and conditions in small ways; shows what no test notices: ONLY=domain/verification/quorum, AGAIN=1 survivors only
	@PYTHONHASHSEED=0 $(BIN)/python -m tools.mutation $(if $(ONLY),--only "$(ONLY)") $(if $(AGAIN),--again)

synth: layer ## write all templates into cdk.out/, without network and credentials
	@node_modules/.bin/cdk synth --quiet --no-notices --output $(CDK_OUT)
	echo "templates are in $(CDK_OUT)/"

deploy: layer dashboard ## deploy to the AWS account of your profile; prints the URLs
	@$(BIN)/python scripts/deploy.py

smoke: ## check a mesh: URL=https://... TOKEN=smk_... [TARGET=https://example.com]
	@scripts/require-python $(PYTHON)
	$(PYTHON) scripts/smoke.py

bench: install ## run the benchmarks; results with ratios in benchmarks/results/
	@$(BIN)/python -m benchmarks

bench-mesh: install ## measure a running mesh: detection delay, results per second; RUN=.local/run.json
	@$(BIN)/python -m benchmarks.running_mesh --run $(or $(RUN),.local/run.json)

bench-pages: install ## measure the dashboard of a running mesh: how soon it opens, how it scrolls 1,000 monitors
	@$(BIN)/python -m benchmarks.dashboard

lock: install ## lock the Python packages anew, without addresses
	@for each in uv layer apprise dev emulator; do
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	    --python-version 3.11 requirements/$$each.in -o requirements/$$each.txt
	done

clean: ## remove everything that was installed, built or stored locally
	@rm -rf .venv node_modules dashboard/node_modules dashboard/dist dashboard/src/api/generated .build .local cdk.out .mypy_cache .ruff_cache .hypothesis
