# make demo, test, unit, lint, site, bench, constraints: README.md and CONTRIBUTING.md say what each does.
PYTHON ?= python3
RECIPE ?= flows/recipes/proving_ground.toml
INSTALL = .venv/bin/python -m pip install -qq --no-compile --disable-pip-version-check --constraint constraints.txt
LABEL_STUDIO = .venv-label-studio/bin/python -m pip install -qq --no-compile --disable-pip-version-check
# A file's tests stay in one process, which starts each server once; tests/conftest.py puts the longest first.
PYTEST = .venv/bin/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Python keeps what it has compiled: importing Prefect or torch anew takes twice as long without.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test unit lint site bench constraints

demo:
	$(MAKE) -j2 .venv/run .venv-label-studio/ready
	.venv/bin/spuriforge run $(RECIPE)

test:
	$(MAKE) -j2 .venv-label-studio/template lint site .venv-consumers/ready
	$(PYTEST)

unit: .venv/dev
	$(PYTEST) -m "not integration and not end_to_end"

lint: .venv/dev
	.venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports

site: .venv/dev
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

bench: .venv/dev
	.venv/bin/spuriforge proving-ground measure
	.venv/bin/python -m tests.bench_release
	.venv/bin/python -m tests.bench_evaluate

constraints:
	(head -1 constraints.txt; .venv/bin/pip freeze --all --exclude-editable | grep -Ev '^(pip|setuptools|wheel)==| @ ') > constraints.new && mv constraints.new constraints.txt

.venv/run: pyproject.toml constraints.txt
	@echo "Installing into .venv: torch and the model libraries take some minutes."
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(INSTALL) -e . && touch $@

.venv/dev: .venv/run
	$(INSTALL) -e ".[dev]" && touch $@

# Harnesses that read a release and whose pins are not ours: beside .venv, whose libraries they use.
.venv-consumers/ready: tests/consumers/requirements.txt .venv/dev
	test -x .venv-consumers/bin/python || .venv/bin/python -m venv --without-pip .venv-consumers
	.venv/bin/python -c "import site; print(site.getsitepackages()[0])" > $$(echo .venv-consumers/lib/python*/site-packages)/spuriforge.pth
	.venv/bin/python -m pip --python .venv-consumers/bin/python install -qq --no-compile --disable-pip-version-check --no-deps -r $< && touch $@

.venv-label-studio/ready: annotation/label-studio-constraints.txt
	@echo "Installing Label Studio into .venv-label-studio, an environment of its own."
	test -x .venv-label-studio/bin/python || $(PYTHON) -m venv .venv-label-studio
	$(LABEL_STUDIO) --constraint $< label-studio==$$(sed -n 's/^VERSION = "\(.*\)"/\1/p' annotation/server.py) && touch $@

# A migrated database, from which the tests' Label Studios start.
.venv-label-studio/template: .venv-label-studio/ready .venv/run
	.venv/bin/python -m tests.label_studio && touch $@
