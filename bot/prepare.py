"""What every start needs: the database up to date, the guides imported, the model trained, someone to log in."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT
from feedback.accounts import add_staff, has_staff
from storage import writing

FIRST_ACCOUNT = "admin"


def prepare() -> Path:
    """Do what is missing; returns the model. What takes long says so."""
    import knowledge_base
    from nlu.training import ensure_model, model_file

    print("准备数据库和办事指南 …", flush=True)
    knowledge_base.prepare()
    if not model_file().exists():
        print("训练模型，第一次要几分钟 …", flush=True)
    model = ensure_model()
    print("准备检索 …", flush=True)
    _encode_guides()
    return model


def _encode_guides() -> None:
    """Vectors of new guides, in a process of its own: it may use all cores, and its memory is given back."""
    code = "from knowledge_base.index import load_index; load_index()"
    environment = os.environ | {"OMP_NUM_THREADS": str(min(os.cpu_count() or 1, 4))}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def first_password() -> str | None:
    """Make the first account if there is none; returns its password, which is shown once and kept nowhere."""
    password = secrets.token_urlsafe(12)
    with writing() as session:
        if has_staff(session):
            return None
        add_staff(session, FIRST_ACCOUNT, "admin", password)
    return password
