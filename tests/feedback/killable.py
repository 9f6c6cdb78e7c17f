"""The web process and the worker as the kill test runs them: `python -m tests.feedback.killable web|worker`.

Both are the real ones but for their haste, and for Rasa, which takes minutes to start: a stand-in files a report from each
message. What a dead process held is free again after a second instead of half a minute, and the worker hardly rests.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import uvicorn
from starlette.concurrency import run_in_threadpool

from bot import web, worker
from bot.settings import settings
from channels import journal
from channels.journal import Reply, Turn
from feedback import FileReport, accept, display, file_report
from feedback.dispatch import delivery, postman
from storage import writing

URGENT = "紧急："


class FilesEverything:
    """Stands in for Rasa and its actions: the same message again gets the same report."""

    async def answer(self, turn: Turn) -> list[Reply]:
        return [Reply(f"已提交，编号 {await run_in_threadpool(_file, turn)}")]

    async def close(self) -> None:
        pass


def _file(turn: Turn) -> str:
    """File an urgent report, which is dispatched at once, or another and accept it; its number."""
    filed = FileReport(
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        text=turn.text,
        kind="complaint",
        category="road.streetlight",
        urgent=turn.text.startswith(URGENT),
        district="徐汇区",
        address="漕溪北路100号",
    )
    with writing() as session:
        report = file_report(session, filed)
        if report.state == "submitted" and not report.urgent:
            accept(session, report, "工作人员 甲")
        return display(report.number)


def _serve() -> None:
    app = web.create_app(rasa=FilesEverything())
    uvicorn.run(app, host="127.0.0.1", port=settings().web_port, ws="none", log_config=None, access_log=False)


if __name__ == "__main__":
    journal.LEASE = delivery.LEASE = timedelta(seconds=1)
    worker.TICK_SECONDS = postman.LOOK_SECONDS = 0.05
    {"web": _serve, "worker": worker.main}[sys.argv[1]]()
