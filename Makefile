# make chat | make ask Q="..." [INDEX=name] | make test | make lint | make screenshots | make train-reader [DATA=folder]
PYTHON3 ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= Who led the Russian delegation?
INDEX ?= seeds
# Two, for two cores: most tests are processes of one thread.
TEST_PROCESSES ?= 2

# Public sets (docs/reader.md), and a folder for what training leaves; it goes on from the checkpoint there.
DATA ?= ../shared/data
READER ?= runs/reader

# As typed, whatever make and the shell would read into it.
override Q := $(value Q)
export Q INDEX

.PHONY: chat ask test lint browser screenshots train-reader clean

chat: $(VENV)/installed
	$(BIN)/rag chat --index "$$INDEX"

ask: $(VENV)/installed
	@$(BIN)/rag ask --index "$$INDEX" -- "$$Q"

test: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: $(VENV)/installed-dev browser
	$(BIN)/python -m pytest tests/e2e --screenshots docs

train-reader: $(VENV)/installed-dev
	$(BIN)/python -m training.reader.prepare $(DATA) $(READER)/data
	$(BIN)/python -m training.reader.train $(READER)/data $(READER)
	$(BIN)/python -m training.reader.export $(READER)/reader.pt $(READER)/data $(READER)/weights
	$(BIN)/python -m training.reader.score $(READER)/weights/fp32.onnx $(READER)/data
	$(BIN)/python -m training.reader.score $(READER)/weights/reader.onnx $(READER)/data
	$(BIN)/python -m training.reader.fit $(DATA) $(READER)/weights --work $(READER)/fit
	@echo "Copy reader.onnx and reader.json from $(READER)/weights to rag/weights to use them."

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON3) -m venv $(VENV)
	$(BIN)/pip install -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@

# The tests' browser; Playwright's own would have to be downloaded from elsewhere.
browser:
	@command -v chromium >/dev/null || { \
	    command -v apt-get >/dev/null || { echo "Install chromium, which the tests need."; exit 2; }; \
	    sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    $$sudo apt-get update && $$sudo apt-get install -y chromium chromium-driver; }

clean:
	rm -rf $(VENV) build dist
