"""Who may import whom, as docs/architecture.md says, and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "storage": set(),
    "nlu": set(),
    "knowledge_base": {"storage", "nlu"},
    "feedback": {"storage", "nlu", "knowledge_base"},
    "actions": {"storage", "knowledge_base", "feedback", "nlu"},
    "channels": {"storage", "feedback"},
    "bot": {"storage", "nlu", "knowledge_base", "feedback", "actions", "channels"},
}


def imported_rooms(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names} & MAY_IMPORT.keys()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room):
    for file in (ROOT / room).rglob("*.py"):
        assert imported_rooms(file) <= MAY_IMPORT[room] | {room}, file


@pytest.mark.parametrize("module", ["nlu.encoder", "knowledge_base", "feedback", "channels.web", "bot.web"])
def test_importing_it_loads_neither_rasa_nor_tensorflow(module):
    check = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('rasa', 'tensorflow')))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_the_map_in_the_documentation_names_every_room(name):
    assert f"`{name}/`" in (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_every_setting_stands_in_the_example_file():
    from bot.settings import Settings as Bot
    from channels.settings import Settings as Channels
    from feedback.settings import Settings as Feedback
    from nlu.settings import Settings as Nlu
    from storage import Settings as Storage

    example = (ROOT / ".env.example").read_text("utf-8")
    for settings in (Bot, Channels, Feedback, Nlu, Storage):
        for name in settings.model_fields:
            assert f"MINSHENG_{name.upper()}=" in example, name
