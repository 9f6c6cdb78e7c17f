"""The console's pages: the queue of reports, work orders, open questions, guides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlalchemy import Select
from sqlalchemy.orm import joinedload
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import (
    BooleanField,
    ComputedField,
    CustomView,
    DateTimeField,
    EnumField,
    IntegerField,
    StringField,
    TextAreaField,
    route,
)
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError

from feedback.city_time import clock
from feedback.console import bounces, closing, deadlines, merging, photos, privacy, review
from feedback.console.bounces import BounceActions
from feedback.console.changes import change_report
from feedback.console.closing import ClosingActions
from feedback.console.deadlines import DeadlineActions
from feedback.console.merging import MergingActions
from feedback.console.photos import PhotoActions
from feedback.console.privacy import PrivacyActions
from feedback.console.queue import QueueList
from feedback.console.review import ReviewActions
from feedback.draft import KINDS, describe_place
from feedback.event_words import EVENT_WORDS
from feedback.lifecycle import REPORT_STATES, WORK_ORDER_STATES
from feedback.models import Report, WorkOrder
from feedback.privacy.contact import masked, with_contacts_masked
from feedback.privacy.identity import IDENTITIES
from feedback.privacy.reveal import may_read_conversation
from feedback.report_number import display
from feedback.residents import abusive_messages
from feedback.review import CORRECTABLE, correct
from feedback.work_orders import ROLES
from nlu.categories import names
from nlu.places import districts, subdistricts
from storage import reading

ADMITTED = (
    review.ADMITTED
    | bounces.ADMITTED
    | privacy.ADMITTED
    | deadlines.ADMITTED
    | merging.ADMITTED
    | closing.ADMITTED
    | photos.ADMITTED
)
"""Which reports each action is offered for; an action that is not named is offered for all."""


class _ReadOnly(ModelView):
    """A list for looking at."""

    page_size = 25
    actions: ClassVar = []

    def can_import(self, request: Request) -> bool:
        return False

    def can_create(self, request: Request) -> bool:
        return False

    def can_edit(self, request: Request) -> bool:
        return False

    def can_delete(self, request: Request) -> bool:
        return False


class ToQueue(CustomView):
    """The console opens on the queue: that is where the work is."""

    @route("")
    async def index(self, request: Request) -> Response:
        return RedirectResponse(request.url_for("console:list", key="report"))


class ReportView(
    QueueList,
    ReviewActions,
    BounceActions,
    PrivacyActions,
    DeadlineActions,
    MergingActions,
    ClosingActions,
    PhotoActions,
    _ReadOnly,
):
    """The queue: urgent ones first, then the newest."""

    menu_label = "诉求"
    display_name = "诉求"
    icon = "fa fa-inbox"
    detail_template = "report_detail.html"
    fields = [
        IntegerField("id", label="序号", read_only=True),
        ComputedField("shown_number", label="编号", getter=lambda request, report: display(report.number)),
        ComputedField("urgency", label="紧急", getter=lambda request, report: "紧急" if report.urgent else None),
        EnumField("state", label="状态", choices=list(REPORT_STATES.items()), read_only=True),
        EnumField("kind", label="性质", choices=list(KINDS.items()), read_only=True),
        EnumField("category", label="类别", choices=list(names().items()), select2=True),
        TextAreaField("text", label="内容", read_only=True),
        ComputedField("place", label="地点", getter=lambda request, report: _place(report)),
        EnumField("district", label="区", choices=[(d, d) for d in districts()], select2=True),
        StringField("subdistrict", label="街镇"),
        StringField("address", label="地址"),
        IntegerField("bounces", label="退单次数", read_only=True),
        ComputedField("reach", label="联系方式", getter=lambda request, report: _masked_contact(report)),
        ComputedField("review", label="回访", getter=lambda request, r: "待回访" if r.needs_review else None),
        IntegerField("stars", label="星级", read_only=True),
        DateTimeField("created_at", label="提交时间", read_only=True),
        StringField("number", label="编号（无分隔）", read_only=True),
    ]
    exclude_fields_from_list = ("id", "district", "subdistrict", "address", "reach", "number")
    exclude_fields_from_detail = ("id", "district", "subdistrict", "address", "number")
    exclude_fields_from_export = ("reach",)
    exclude_fields_from_edit = (
        "id",
        "urgency",
        "state",
        "kind",
        "place",
        "reach",
        "bounces",
        "review",
        "stars",
        "created_at",
        "number",
    )
    searchable_fields = ("state", "kind", "category", "district", "created_at")
    sortable_fields = ("created_at",)
    fields_default_sort = (("created_at", True),)

    def __init__(self, model: type[Report], transcript: Callable[[str], list[dict]]) -> None:
        super().__init__(model)
        self._transcript = transcript

    def can_edit(self, request: Request) -> bool:
        return True

    def conversation(self, request: Request, report: Report) -> list[dict] | None:
        """What was said, contacts masked; None where the role of who looks may not know who reported it."""
        if not may_read_conversation(report, request.state.staff.role):
            return None
        said = self._transcript(report.conversation_id)
        return [line | {"at": clock(line["at"]), "text": with_contacts_masked(line["text"])} for line in said]

    def conduct(self, report: Report) -> str:
        """What staff should know of the resident before they answer; empty if nothing."""
        with reading() as session:
            count = abusive_messages(session, report.conversation_id)
        return f"这位市民发过 {count} 条辱骂的话，已平和回应。" if count else ""

    def endorsements(self, report: Report) -> list[dict]:
        """Who else has the same matter, and in which words."""
        return [{"at": clock(joined.created_at), "text": joined.text} for joined in report.endorsements]

    def timeline(self, report: Report) -> list[dict]:
        """What happened, as sentences."""
        return [
            {
                "at": clock(event.created_at),
                "what": EVENT_WORDS.get(event.name, event.name),
                "who": event.actor,
                "change": _change(event.before, event.after),
                "why": event.reason or event.data.get("note") or event.data.get("words") or _corrections(event.data),
            }
            for event in report.events
        ]

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        """Category and place only; anything else a form may carry is left alone."""
        values = {name: data.get(name) for name in CORRECTABLE}
        if values["subdistrict"] and values["subdistrict"] not in subdistricts(values["district"] or ""):
            raise FormValidationError({"subdistrict": "这个区没有这个街镇"})
        await change_report(request, pk, lambda session, report, actor: correct(session, report, actor, values))
        return await self.find_by_pk(request, pk)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Report) -> bool:
        """Only what the report's state admits is offered."""
        return name not in ADMITTED or ADMITTED[name](obj)


def _place(report: Report) -> str | None:
    return describe_place(report.district, report.subdistrict, report.address) or None


def _masked_contact(report: Report) -> str:
    """Whether there is a contact and in which confidence, and so much of it that its owner would know it again."""
    kept = f"（{masked(report.contact)}）" if report.contact else ""
    return IDENTITIES[report.identity] + kept


def _change(before: str | None, after: str | None) -> str:
    if before == after:
        return ""
    return f"{REPORT_STATES.get(before or '', before)} → {REPORT_STATES.get(after or '', after)}"


def _corrections(data: dict) -> str:
    return "；".join(
        f"{old or '（空）'} → {new or '（空）'}" for old, new in (v for v in data.values() if isinstance(v, list))
    )


class WorkOrderView(_ReadOnly):
    menu_label = "工单"
    display_name = "工单"
    icon = "fa fa-wrench"
    fields = [
        IntegerField("id", label="工单"),
        ComputedField("report_number", label="诉求", getter=lambda request, order: display(order.report.number)),
        StringField("department", label="部门"),
        EnumField("role", label="分工", choices=list(ROLES.items())),
        EnumField("state", label="状态", choices=list(WORK_ORDER_STATES.items())),
        BooleanField("binding", label="裁定"),
        StringField("because", label="依据"),
        StringField("external_id", label="派单系统编号"),
        DateTimeField("created_at", label="派出时间"),
    ]
    fields_default_sort = (("id", True),)
    searchable_fields = ("external_id",)
    sortable_fields = ("id",)

    def get_list_query(self, request: Request) -> Select:
        return super().get_list_query(request).options(joinedload(WorkOrder.report))
