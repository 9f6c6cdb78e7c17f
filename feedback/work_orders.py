"""What the work orders of a report tell: who leads, who returned it, who is responsible."""

from __future__ import annotations

from feedback.lifecycle import ENDED
from feedback.models import Report, WorkOrder

ROLES = {"lead": "主办", "support": "协办"}
TAKEN = ("received", "in_progress", "done")


def leads(report: Report) -> list[WorkOrder]:
    """The orders of departments in the lead, oldest first."""
    return [order for order in report.work_orders if order.role == "lead"]


def at_work(report: Report) -> list[WorkOrder]:
    """The orders that have not ended."""
    return [order for order in report.work_orders if order.state not in ENDED]


def has_lead(report: Report) -> bool:
    """Whether a department in the lead has it now."""
    return any(order.role == "lead" for order in at_work(report))


def returned_by(report: Report) -> tuple[str, ...]:
    """The departments that have returned it, each once."""
    return tuple(dict.fromkeys(order.department for order in report.work_orders if order.state == "returned"))


def first_responsible(report: Report) -> str | None:
    """首接负责: the first department that received a report follows it until another has taken it; None before that.

    A department that took it and then returned it has not taken it.
    """
    delivered = [order for order in leads(report) if order.delivered]
    taken = [order for order in delivered if order.state in TAKEN]
    return next((order.department for order in (*reversed(taken), *delivered)), None)
