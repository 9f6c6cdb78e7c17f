"""The processes of one machine, in the order in which they start."""

from pathlib import Path

from bot.settings import settings
from bot.supervisor import Process
from feedback.settings import settings as feedback_settings


def processes(model: Path) -> list[Process]:
    """All processes, Rasa with a trained model; the reference dispatch system only where no real one is named."""
    chosen, reference = settings(), feedback_settings().reference_port
    web = f"http://{'127.0.0.1' if chosen.web_host == '0.0.0.0' else chosen.web_host}:{chosen.web_port}/health"
    everything = [
        Process("Rasa", "bot.rasa_server", chosen.rasa_port, f"http://127.0.0.1:{chosen.rasa_port}/", (str(model),)),
        Process(
            "动作服务", "bot.actions_server", chosen.actions_port, f"http://127.0.0.1:{chosen.actions_port}/health"
        ),
        Process("网页", "bot.web", chosen.web_port, web),
        Process("后台任务", "bot.worker"),
    ]
    if feedback_settings().uses_reference:
        everything.append(
            Process("参考派单系统", "bot.reference_dispatch", reference, f"http://127.0.0.1:{reference}/health")
        )
    return everything
