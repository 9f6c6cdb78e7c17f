"""实名, 保密 or 匿名: who may know how a resident can be reached.

| identity | the operation centre | the department |
|---|---|---|
| `named` 实名 | knows | may know, but never of a tip-off (举报) |
| `confidential` 保密 | knows | doesn't |
| `anonymous` 匿名 | doesn't, nothing is kept | doesn't |
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.errors import ContactMissing
from feedback.lifecycle import RESIDENT, SYSTEM, record
from feedback.models import Report
from feedback.privacy.contact import kind_of

IDENTITIES = {"named": "实名", "confidential": "保密", "anonymous": "匿名"}
OPEN311_FIELDS = ("phone", "email")
"""Ways to reach a resident that Open311's `POST requests` has a field for."""


def for_department(report: Report) -> dict[str, str]:
    """How the department may reach the resident, as fields of Open311; empty if it may not, or there is no field for it."""
    if report.identity != "named" or report.kind == "tipoff" or not report.contact:
        return {}
    kind = kind_of(report.contact)
    return {kind: report.contact} if kind in OPEN311_FIELDS else {}


def set_identity(session: Session, report: Report, identity: str, actor: str = RESIDENT) -> None:
    """Change who may know the resident's contact; anonymous means that it is erased.

    Raises:
        ContactMissing: named or confidential, and there is no contact that anybody could know.
    """
    if identity not in IDENTITIES:
        raise ValueError(f"no identity {identity!r}")
    if identity == report.identity:
        return
    if identity != "anonymous" and not report.contact:
        raise ContactMissing(IDENTITIES[identity])
    note_departments(report)
    change = [IDENTITIES[report.identity], IDENTITIES[identity]]
    report.identity = identity
    if identity == "anonymous":
        forget_contact(report)
    record(report, "report.identity_changed", actor, identity=change)


def forget_contact(report: Report) -> None:
    """Keep the contact no longer, nor the consent to have it."""
    report.contact = report.consent = None
    report.identity = "anonymous"


def note_departments(report: Report) -> None:
    """Before the contact goes or becomes secret: write down for staff which departments have had it."""
    had = [order.department for order in report.work_orders if order.delivered]
    if had and for_department(report):
        told = "、".join(dict.fromkeys(had))
        record(report, "work_order.outdated", SYSTEM, f"市民不再公开联系方式，请告知{told}删除并不再使用")
