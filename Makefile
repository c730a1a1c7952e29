# make demo: score the sample articles, on a machine with nothing but Python.
# make test: everything that needs pip only.
# make test-all: what needs Debian's and npm's packages, too; installs them, so it wants root.

PYTHON ?= python3
BIN := .venv/bin
SAMPLES := $(sort $(wildcard data/samples/*.txt))
# The tests that skip where those are missing. Not among them: what needs packages whose licences or size keep them out
# (texthumanize, PyRoget, a language model).
OUTSIDE := tests/api tests/science tests/evaluation/test_outsiders.py tests/training/test_dictionaries.py \
    tests/training/test_translated.py tests/evaluation/test_translated.py -k 'not texthumanize and not roget'
# These need neither the test extra nor the other tests' fixtures.
WORDPRESS_OPTIONS := --numprocesses 2 --dist loadfile -rs --confcutdir tests/wordpress
WORDPRESS_NEXT := kit editor publish classic gate release
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Debian's packages that tests of real clients, browsers, databases and outside tools need.
DEBIAN := postgresql chromium aiksaurus mythes-en-us wordnet-base wordnet-sense-index \
    apertium apertium-eng-spa apertium-eng-cat apertium-eo-en \
    apertium-en-gl apertium-es-gl apertium-spa-cat openjdk-17-jre-headless
# WordPress itself is unpacked by the tests: tests/wordpress/unpacked.py.
DEBIAN_WORDPRESS := php-cli php-sqlite3 php-mbstring php-xml chromium fonts-dejavu-core gettext
NODE := gramma@1.6.0 @conversationai/perspectiveapi-js-client@1.0.1

.PHONY: demo install-test install-outside install-wordpress test test-all test-wordpress test-wordpress-next plugin clean

$(BIN)/python:
	$(PYTHON) -m venv .venv

demo: $(BIN)/python
	$(BIN)/pip install --quiet '.[server]'
	$(BIN)/unspun score $(SAMPLES) || test $$? -eq 1  # 1 says that something is flagged
	$(BIN)/python -I -m api.demo $(SAMPLES)
	@echo "To keep a server running:  $(BIN)/unspun serve   then open http://127.0.0.1:8000/docs"

install-test: $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[test]'

test: install-test
	UNSPUN_FUZZ_BODIES=2000 $(BIN)/pytest --numprocesses auto --ignore tests/wordpress  # make test-all sends all 10,000
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Nothing may be skipped here but what has no place on this machine at all.
test-all: install-test install-outside
	UNSPUN_NODE_MODULES=$(CURDIR)/build/node/node_modules UNSPUN_SKIP_NOTHING=1 $(BIN)/pytest $(OUTSIDE)

install-outside: $(BIN)/python
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null
	npm install --silent --no-audit --no-fund --fetch-retries=1 --prefix build/node $(NODE)
	$(BIN)/pip install --quiet glitchlings playwright synonymset 'pyspark>=4.1' 'ray[data]' 'dask[dataframe]'

# The plug-in in a real WordPress and a real browser, against the real service.
test-wordpress: install-wordpress
	$(BIN)/pytest $(WORDPRESS_OPTIONS) tests/wordpress

# What depends on WordPress most, on the newest that Debian has, which changes from week to week.
test-wordpress-next: install-wordpress
	UNSPUN_WORDPRESS_SUITE=sid $(BIN)/pytest $(WORDPRESS_OPTIONS) $(WORDPRESS_NEXT:%=tests/wordpress/test_%.py)

# The plug-in as WordPress wants it uploaded.
plugin:
	mkdir -p dist
	cd wordpress && $(PYTHON) -m zipfile -c ../dist/unspun.zip unspun

# Both at once: this is most of the time that the tests take on a fresh machine.
install-wordpress: $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[server]' playwright pytest pytest-xdist & \
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    $(DEBIAN_WORDPRESS) >/dev/null; } && wait $$!

clean:
	rm -rf .venv build dist
