# make run: the portal on http://localhost:8000/   make test: every test   make lint: formatting and rules   make bench: figures
# Only Python 3.11 or newer with pip is needed; another interpreter: make run PYTHON=python3.12

PYTHON ?= python3
# How many processes the tests run in; 0: in the one of pytest itself, as for ARGS="tests/house --pdb".
WORKERS ?= 3
VENV = .venv
BIN = $(VENV)/bin
CATALOGUES = $(BIN)/python manage.py makemessages --all --no-wrap --no-location \
	--ignore=.venv --ignore=var --ignore=tests --ignore=node_modules

# Install the locked packages of one requirements file, unless exactly these are installed already.
define install
	@wanted="$$(cksum < $(1)) $$($(PYTHON) --version)"; \
	if [ "$$(cat $(VENV)/$(1).stamp 2>/dev/null)" != "$$wanted" ]; then \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
			{ echo "SSC Portal needs Python 3.11 or newer, as in: make run PYTHON=python3.12"; exit 1; }; \
		$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || exit 1; \
		echo "Installing the packages of $(1) ..."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) || exit 1; \
		echo "$$wanted" > $(VENV)/$(1).stamp; \
	fi
endef

.PHONY: run test bench lint messages lock setup setup-dev

run: setup
	@exec $(BIN)/python -m ssc_portal.supervisor --with-parent

# As in: make test ARGS="tests/house -x"    make test WORKERS=4    SSC_LONG=1 make test    REQUIRE_BROWSER=1 make test
test: setup-dev
	@exec $(BIN)/python -m pytest --numprocesses $(WORKERS) $(ARGS)

# Ratios to limits that are measured in the same run; nothing of it is a test.
bench: setup-dev
	@exec $(BIN)/python -m bench

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/lint-imports
	@echo 'manage.py check --deploy, as in production'
	@DJANGO_ENV=production SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		ALLOWED_HOSTS=portal.example SITE_URL=https://portal.example \
		DATABASE_URL=postgresql://ssc_app@database.example/ssc REDIS_URL=redis://queue.example \
		CACHE_URL=redis://cache.example \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

# Collect the sentences to translate into locale/ (needs the gettext programs).
messages: setup-dev
	$(CATALOGUES)

# Pin every package anew from pyproject.toml; an address of an index never goes into the files.
lock: setup-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile pyproject.toml --extra embedded --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url -o requirements.txt
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile pyproject.toml --extra embedded --group dev --universal \
		--python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements.txt -o requirements-dev.txt

setup:
	$(call install,requirements.txt)

setup-dev:
	$(call install,requirements-dev.txt)
