"""Which department a report goes to. Today the lead department of its category."""

from feedback.models import Report
from nlu.categories import category


def lead_department(report: Report) -> str:
    """The department that leads on a report's category."""
    return category(report.category).department
