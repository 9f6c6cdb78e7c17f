"""What every start needs: the database up to date, the guides imported, the rules seeded, the model trained, someone to log in."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import ROOT
from feedback.accounts import add_staff, has_staff
from feedback.deadlines import policies
from feedback.routing import seed_rules
from storage import writing

FIRST_ACCOUNT = "admin"


def prepare() -> Path:
    """Do what is missing; returns the model. What takes long says so."""
    import knowledge_base
    from nlu.training import ensure_model, model_file

    print("准备数据库和办事指南 …", flush=True)
    knowledge_base.prepare()
    with writing() as session:
        seed_rules(session)
    policies.prepare()
    if not model_file().exists():
        print("训练模型、准备检索，第一次要几分钟 …", flush=True)
    with _beside("from nlu import pinyin; pinyin.prepare(); from knowledge_base.index import load_index; load_index()"):
        return ensure_model()


@contextmanager
def _beside(code: str) -> Iterator[None]:
    """Run code in a process of its own beside the training (the training takes one core): its memory is given back."""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as process:
        yield
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


def first_password() -> str | None:
    """Make the first account if there is none; returns its password, which is shown once and kept nowhere."""
    password = secrets.token_urlsafe(12)
    with writing() as session:
        if has_staff(session):
            return None
        add_staff(session, FIRST_ACCOUNT, "admin", password)
    return password
