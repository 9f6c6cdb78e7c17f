# The two commands that matter: `make run` and `make test`. Both set up whatever is missing.
SHELL := /bin/sh
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := 0.13.9
# The folder in which pip is told to look for wheels, where there is one: a CPU build of torch found there is taken.
FIND_LINKS := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS))
# More threads than free cores slow the encoder down by orders of magnitude.
export OMP_NUM_THREADS ?= 1
export RASA_TELEMETRY_ENABLED := false
export PYTHONWARNINGS := ignore
# Where it is set, each of our processes would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint evaluate yardstick bench setup lock clean

run: setup
	@exec $(BIN)/python -m bot run

test: setup chromium
	@$(BIN)/ruff check .
	@$(BIN)/python -m knowledge_base check
	@exec $(BIN)/python -m pytest $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Quality on held-out sets; writes docs/quality.md.
evaluate: setup
	@exec $(BIN)/python -m tests.evaluate

# Rasa's default pipeline taught the same texts, for `evaluate` to show beside ours. Up to an hour.
yardstick: setup
	@exec $(BIN)/python -m tests.evaluate.diet

# Speed and memory, beside yardsticks of the same run.
bench: setup
	@exec $(BIN)/python -m tests.bench

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "需要 Python 3.11：请先安装，或用 make PYTHON=路径 指定"; exit 1; }
	@echo "安装依赖 …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV) 2>/dev/null \
		|| { echo "装不上 uv：请检查 pip 的软件源设置（pip config list）"; exit 1; }
	@$(BIN)/uv pip install --python $(BIN)/python $(FIND_LINKS) -r requirements.txt \
		|| { echo "依赖没有装全：请检查网络或 pip 的软件源设置，然后再运行一次"; exit 1; }
	@touch $@

# Chromium and a Chinese font, for the browser tests alone.
.PHONY: chromium
chromium:
	@{ command -v chromium >/dev/null || test -x /usr/bin/chromium; } && fc-list 2>/dev/null | grep -qiE "cjk|wqy|wenquan" || { \
		echo "安装 Chromium 和中文字体 …"; \
		SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
		{ $$SUDO apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$SUDO apt-get install -y -qq --no-install-recommends \
			chromium fonts-wqy-microhei fontconfig >/dev/null; } \
		|| { echo "装不上 Chromium：请自行安装 chromium 和一种中文字体"; exit 1; }; }

# After a change of pyproject.toml. The local label goes, so that the lock holds wherever a torch 2.13.0 is found.
lock:
	rm -f requirements.txt  # pins that stand would keep what they name
	$(BIN)/uv pip compile pyproject.toml --group test --python-version 3.11 $(FIND_LINKS) \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements.txt
	sed -i 's/+cpu$$//' requirements.txt

clean:
	rm -rf var .pytest_cache .ruff_cache
