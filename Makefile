# The commands of this project; `make help` lists them. Works with GNU make 3.81 (macOS) and newer.
#
# Settings come from the environment, from instance/.env or from the command line: make run PORT=8000 LEAN=1
SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := .venv/bin
PY := $(BIN)/python
FORUM := $(PY) -m flask --app wsgi forum
# What the benchmarks, tests and checks are handed beside their defaults: make test ARGS="-k crisis"
ARGS ?=
# Tests run side by side, a file's tests together because they share what its fixtures made; each worker has its own
# servers, browsers and Redis database. What holds the clock to a bound (`alone`) follows by itself.
# One after another: make test SIDE_BY_SIDE=
SIDE_BY_SIDE ?= -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist loadfile --no-loadscope-reorder

# djlint rules left out: J018 (url_for for every address: /help, /exit and the rest of the interface are written out, so
# that a broken route table can never take Help now from a page), H015 (a line break after each heading), H020 (empty
# elements: the ring's dots and live regions are empty on purpose), H030 and H031 (descriptions and keywords for search
# engines: members' pages are not to be found by them).
DJLINT_IGNORE := J018,H015,H020,H030,H031

.PHONY: help run demo detoxify test check format lint imports types templates migrations translations security branches \
	coverage fix bench evaluate train-scorers train-crisis train-cruelty backup clean tools

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

# ── Run ──────────────────────────────────────────────────────────────────────────────────────────────────────────

run: ## install what is missing, prepare instance/ and serve on http://127.0.0.1:5000 (HOST, PORT, LEAN=1)
	@deploy/setup.sh run
	@exec $(PY) -m deploy.start

demo: export FORUM_INSTANCE := instance/demo
demo: ## the same with invented members, threads, meetings and staff, in instance/demo
	@deploy/setup.sh run
	@exec $(PY) -m deploy.start seed-demo

detoxify: ## install Detoxify and PyTorch (again); TORCH_INDEX=<address> or CUDA=1 where the plain way brings nothing
	@deploy/setup.sh detoxify

backup: ## write a consistent, checked copy of the database: make backup FILE=/safe/place/forum.backup
	@test -n "$(FILE)" || { echo "Say where to: make backup FILE=/safe/place/forum.backup"; exit 2; }
	@$(FORUM) backup "$(FILE)"

# ── Test and check ───────────────────────────────────────────────────────────────────────────────────────────────

tools:
	@deploy/setup.sh dev

test: tools ## run every test: unit, flows, browser (ARGS="-k word" for some)
	@deploy/setup.sh browser
	@failed=0; for half in "not alone" "alone"; do \
		if [ "$$half" = alone ]; then beside=""; else beside="$(SIDE_BY_SIDE)"; fi; \
		$(PY) -m pytest $$beside -m "$$half" $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	done; exit $$failed

# $(call tool,what is looked at,command,what to do when it fails)
define tool
	@echo "· $(1)"
	@$(2) || { echo "$(1): failed. $(3)"; exit 1; }
endef

check: format lint imports types templates migrations translations security branches ## everything that needs no running forum
	@echo "All checks passed."

format: tools
	$(call tool,format,$(BIN)/ruff format --check --quiet .,Run: make fix)

lint: tools
	$(call tool,lint,$(BIN)/ruff check --quiet .,Run: make fix (it repairs some; the rest is listed above))

imports: tools
	$(call tool,import rules,$(BIN)/lint-imports --no-logo > .venv/lint-imports.log 2>&1 || { tail -n 40 .venv/lint-imports.log; false; },See the layers in CONTRIBUTING.md.)

types: tools
	$(call tool,types,$(BIN)/mypy --no-color-output --no-error-summary,Each line above names the file and the reason.)

templates: tools
	$(call tool,templates,$(BIN)/djlint forum/templates --lint --quiet --profile=jinja --ignore=$(DJLINT_IGNORE),The rules are described on djlint.com.)

migrations: tools
	$(call tool,migrations equal models,deploy/check-migrations.sh,Make one with: $(PY) -m flask --app wsgi db migrate -m "what changed")

translations: tools
	$(call tool,translations are fresh,$(FORUM) check-translations,Run: $(FORUM) extract-translations)

# ruff's S rules (in `lint`) are bandit's, each exception with its reason on the line; bandit itself is asked only for what
# nobody should ever excuse.
security: tools
	$(call tool,security,$(BIN)/bandit --quiet --recursive --severity-level high forum wsgi.py gunicorn.conf.py > .venv/bandit.log 2>&1 || { cat .venv/bandit.log; false; },The lines above say what and where.)

# What decides about a person's words has no branch that no test went through. Without tests that hold the clock to a bound:
# a tracer that stops at every line is what they would time.
branches: tools
	$(call tool,every branch of what decides,$(PY) -m pytest -q -p no:cacheprovider -m "not alone" tests/moderation/test_decide.py tests/moderation/test_pipeline.py --cov=forum.moderation.decide --cov=forum.moderation.pipeline --cov-branch --cov-fail-under=100 --cov-report=term-missing > .venv/branches.log 2>&1 || { tail -n 30 .venv/branches.log; false; },Add the case to the table of tests.)

coverage: tools ## every test, with a gate of 90 % of the code (slower: the gate of what decides is in `make check`)
	@$(PY) -m pytest $(SIDE_BY_SIDE) --cov=forum --cov-fail-under=90 --cov-report=term $(ARGS)

fix: tools ## format the code and apply the safe repairs of the linter
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

# ── Measure and train ────────────────────────────────────────────────────────────────────────────────────────────

bench: tools ## the benchmark suite: tables and ratios (ARGS="name" for one)
	@$(PY) -m bench $(ARGS)

evaluate: tools ## how well the scorers and rules do, as tables and pictures in docs/evaluation/
	@$(PY) -m forum.moderation.evaluation $(ARGS)

train-scorers: tools ## train the built-in scorers again: ARGS="--table TABLE.csv.gz"; quicker with CRISIS=--no-folds
	@$(MAKE) --no-print-directory -j2 train-crisis train-cruelty

train-crisis:
	@$(PY) -m forum.moderation.training $(ARGS) $(CRISIS)

train-cruelty:
	@$(PY) -m forum.moderation.training.cruelty $(ARGS) $(CRUELTY)

clean: ## remove .venv and every cache; instance/ is never touched
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov build
	@find forum tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@echo "Removed .venv and the caches. Your instance/ is as it was."
