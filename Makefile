# Needs make and Python 3.11 or newer, nothing else. `make run` and `make test` are the two to know.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8000
FILES := manage.py accounts notices tracker tests deploy .ci

# The first interpreter that is new enough; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP_INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-input

.PHONY: help run test proof bench pictures old-browser bundle lint types format clean environment environment-dev

help:
	@echo "make run      安装、建库、载入演示并启动（端口 PORT=$(PORT)），Ctrl-C 停止"
	@echo "make test     代码检查与全部测试（SQLite 与 PostgreSQL）"
	@echo "make proof    测试的完整数量（数小时），结果写入 docs/proof.md；PART=drills 只做一部分"
	@echo "make bench    性能对照，结果写入 docs/benchmarks.md"
	@echo "make pictures 重拍手册和 README 里的页面图片"
	@echo "make old-browser 用 Chromium 87 走一遍各角色的页面（另装约 160 MB 的软件包）"
	@echo "make bundle   制作离线安装包（代码和软件包，x86_64 与 aarch64），放在 dist/"
	@echo "make lint     代码检查；make format 整理格式；make clean 删除运行数据（先询问）"

run: environment
	@exec $(PY) -m tracker.serve --port $(PORT)

test: environment-dev
	@exec env PYTHONPATH=. $(PY) .ci/stages.py

proof: environment-dev
	@exec env PROOF=1 PYTHONPATH=. $(PY) .ci/stages.py $(PART)

bench: environment-dev
	@exec $(PY) -m tests.bench

pictures: environment-dev
	@exec env PYTHONPATH=. $(PY) -m tests.browser.pictures

old-browser: $(VENV)/.old-browser
	@exec env PYTHONPATH=. $(PY) -m tests.browser.old

bundle: environment
	@exec $(PY) deploy/bundle.py

lint: environment-dev
	@exec env PYTHONPATH=. $(PY) .ci/stages.py lint format types

format: environment-dev
	@$(PY) -m ruff check --fix $(FILES)
	@$(PY) -m ruff format $(FILES)

clean:
	@printf '将删除 var/（数据库、佐证材料、演示账号），无法恢复。输入 yes 确认：'; \
	read answer; if [ "$$answer" = yes ]; then rm -rf var && echo '已删除。'; else echo '未删除。'; fi

environment: $(VENV)/.run
environment-dev: $(VENV)/.dev

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then \
		echo '未找到 Python 3.11 或更新版本；请安装后重试，或用 make PYTHON=/路径/python3.11 指定。' >&2; exit 1; fi
	@[ -x $(PY) ] || { echo "正在创建运行环境（$(PYTHON)）…"; \
		$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
			echo '无法创建运行环境；Debian、Ubuntu 请先运行 apt-get install python3-venv。' >&2; exit 1; }; }
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt
	@echo '正在安装运行所需的软件包…'
	@$(PIP_INSTALL) -r requirements.txt || { echo '软件包安装失败；请检查网络或 pip 的软件源设置后重试。' >&2; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo '正在安装测试所需的软件包…'
	@$(PIP_INSTALL) -r requirements-dev.txt || { echo '软件包安装失败；请检查网络或 pip 的软件源设置后重试。' >&2; exit 1; }
	@touch $@

$(VENV)/.old-browser: $(VENV)/.dev requirements-old-browser.txt
	@echo '正在安装 Chromium 87…'
	@$(PIP_INSTALL) -r requirements-old-browser.txt || { echo '软件包安装失败；请检查网络或 pip 的软件源设置后重试。' >&2; exit 1; }
	@touch $@
