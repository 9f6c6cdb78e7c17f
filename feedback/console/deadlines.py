"""The console's side of deadlines: asking the resident, what is near or missed, and the policies."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import (
    BooleanField,
    ComputedField,
    CustomView,
    DateTimeField,
    EnumField,
    IntegerField,
    StringField,
    flash,
    route,
    row_action,
)
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError

from feedback.accounts import COORDINATORS
from feedback.console.changes import change_report, reason_form
from feedback.deadlines.models import LEVELS, STAGES, UNITS, Deadline, DeadlinePolicy
from feedback.deadlines.policies import category_choices, in_words
from feedback.deadlines.queries import watched
from feedback.deadlines.waiting import pause, resume
from feedback.draft import KINDS
from feedback.lifecycle import OPEN
from feedback.models import Report
from feedback.report_number import CITY_TIME, display
from feedback.working_time import known_until
from storage import reading, utcnow, writing

ADMITTED = {
    "pause": lambda report: report.state in OPEN and not report.waiting_since,
    "resume": lambda report: bool(report.waiting_since),
}
PAGE = 25
MOST = 1000
"""The largest amount of a policy."""
CALENDAR_ENDS_SOON = timedelta(days=60)


class DeadlineActions:
    """What staff do about the deadlines of a report, and see of them on its page."""

    @row_action(
        name="pause",
        text="请市民补充",
        confirmation="请市民补充什么？市民答复之前，时限暂停。",
        submit_btn_text="请市民补充",
        icon_class="fa fa-pause",
        action_btn_class="btn btn-outline-primary",
        form=reason_form("要补充什么（市民会看到）"),
    )
    async def pause_action(self, request: Request, pk: Any) -> None:
        question = str((await request.form()).get("reason") or "")
        await change_report(request, pk, lambda session, report, actor: pause(session, report, actor, question))
        flash(request, "已请市民补充，时限暂停。", "success")

    @row_action(
        name="resume",
        text="继续计时",
        confirmation="不等市民补充，继续计时？",
        submit_btn_text="继续计时",
        icon_class="fa fa-play",
        action_btn_class="btn btn-outline-primary",
    )
    async def resume_action(self, request: Request, pk: Any) -> None:
        await change_report(request, pk, resume)
        flash(request, "继续计时。", "success")

    def deadlines(self, report: Report) -> list[dict]:
        """By when each stage is due, why then, and how it stands."""
        return [shown(deadline) for deadline in report.deadlines]


def shown(deadline: Deadline) -> dict:
    """A deadline as staff read it."""
    standing, color = _standing(deadline)
    return {
        "stage": STAGES[deadline.stage] + ("（重新办理）" if deadline.round else ""),
        "due": f"{_city_time(deadline.due_at)} 前" if deadline.due_at else "",
        "because": deadline.because,
        "standing": standing,
        "color": color,
    }


def _standing(deadline: Deadline) -> tuple[str, str]:
    """How a deadline stands, and the color for it."""
    ended = {
        "met": ("按时", "bg-green-lt"),
        "missed": ("超时完成", "bg-red-lt"),
        "cancelled": ("不再计时", "bg-secondary-lt"),
    }
    if deadline.outcome:
        return ended[deadline.outcome]
    if deadline.missed_at:
        return "已超时", "bg-red-lt"
    if not deadline.due_at:
        return "暂停，等市民补充", "bg-secondary-lt"
    return ("将到期", "bg-yellow-lt") if deadline.warned_at else ("计时中", "bg-blue-lt")


def calendar_notice(today: date) -> str:
    """What staff must know of the calendar; empty while the holidays of the coming weeks are known."""
    if today + CALENDAR_ENDS_SOON <= known_until():
        return ""
    return (
        f"节假日安排只收录到 {known_until().year} 年底，之后的时限暂按周一至周五计算，不含节假日和调休。"
        "国务院公布新一年的安排后，请管理员更新节假日数据（软件包 chinesecalendar）。"
    )


class DeadlinePage(CustomView):
    """What is near or missed, the longest due first."""

    @route("")
    async def index(self, request: Request) -> Response:
        after = request.query_params.get("after", "")
        rows, more = await run_in_threadpool(_watched_page, int(after) if after.isdecimal() else None)
        context = {"title": "超期与督办", "rows": rows, "more": more, "notice": calendar_notice(_city_day())}
        return self.templates.TemplateResponse(request=request, name="deadlines.html", context=context)


def _watched_page(after: int | None) -> tuple[list[dict], int | None]:
    """A page of the list, and where the next one begins if there is one."""
    with reading() as session:
        deadlines = watched(session, PAGE + 1, after)
        rows = [shown(deadline) | _of_report(deadline.report) for deadline in deadlines[:PAGE]]
        return rows, deadlines[PAGE - 1].id if len(deadlines) > PAGE else None


def _of_report(report: Report) -> dict:
    return {
        "pk": report.id,
        "number": display(report.number),
        "text": report.text,
        "level": LEVELS[report.level],
        "supervised": report.supervised,
        "urgent": report.urgent,
    }


def _condition(name: str, label: str, choices: dict[str, str], **options: Any) -> EnumField:
    """A condition of a policy; nothing chosen fits all."""
    return EnumField(
        name,
        label=label,
        choices=list(choices.items()),
        getter=lambda request, policy: getattr(policy, name) or None,
        help_text=f"不选：所有{label}",
        **options,
    )


class PolicyView(ModelView):
    """How long stages may take. A change counts for deadlines that begin after it."""

    menu_label = "时限规则"
    display_name = "时限规则"
    icon = "fa fa-hourglass-half"
    page_size = 50
    list_template = "policies.html"
    actions: ClassVar = []
    fields = [
        IntegerField("id", label="序号", read_only=True),
        EnumField("stage", label="环节", choices=list(STAGES.items()), required=True),
        ComputedField("words", label="规则", getter=lambda request, policy: in_words(policy)),
        BooleanField("urgent", label="只限紧急"),
        BooleanField("supervised", label="只限督办"),
        _condition("kind", "性质", KINDS),
        _condition("category", "类别", category_choices(), select2=True),
        IntegerField("amount", label="时长", help_text=f"1 到 {MOST}；不设时限的不填"),
        EnumField("unit", label="单位", choices=list(UNITS.items()), required=True),
        StringField("note", label="说明", maxlength=200, help_text="依据什么，工作人员会看到"),
        StringField("updated_by", label="更改人", read_only=True),
        DateTimeField("updated_at", label="更改时间", read_only=True),
    ]
    exclude_fields_from_list = ("id", "urgent", "supervised", "kind", "category", "amount", "unit", "note")
    exclude_fields_from_create = exclude_fields_from_edit = ("id", "words", "updated_by", "updated_at")
    searchable_fields = ("note",)
    sortable_fields = ("stage", "updated_at")
    fields_default_sort = ("stage", "id")

    def can_import(self, request: Request) -> bool:
        return False

    def can_create(self, request: Request) -> bool:
        return request.state.staff.role in COORDINATORS

    can_edit = can_delete = can_create

    def notice(self) -> str:
        return calendar_notice(_city_day())

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        return await self.edit(request, None, data)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        pk = await run_in_threadpool(_save, pk and int(pk), _checked(data), f"工作人员 {request.state.staff.name}")
        return await self.find_by_pk(request, pk)


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    """The columns of a policy as a form gives them.

    Raises:
        FormValidationError: with what is wrong with each field.
    """
    values = {name: data.get(name) or "" for name in ("stage", "kind", "category", "unit", "note")}
    values |= {name: bool(data.get(name)) for name in ("urgent", "supervised")}
    values["amount"] = data.get("amount")
    choices = {"stage": STAGES, "kind": KINDS | {"": ""}, "category": category_choices() | {"": ""}, "unit": UNITS}
    problems = {name: "请从列表里选" for name, known in choices.items() if values[name] not in known}
    if (values["unit"] == "none") != (values["amount"] is None):
        problems["amount"] = "不设时限的不填，其余的要填"
    elif values["amount"] is not None and not 1 <= values["amount"] <= MOST:
        problems["amount"] = f"请填 1 到 {MOST}"
    if problems:
        raise FormValidationError(problems)
    return values


def _save(pk: int | None, values: dict[str, Any], actor: str) -> int:
    """Keep a policy, a new one without `pk`; its id."""
    try:
        with writing() as session:
            policy = session.get_one(DeadlinePolicy, pk) if pk else DeadlinePolicy()
            for name, value in (values | {"updated_by": actor}).items():
                setattr(policy, name, value)
            session.add(policy)
            session.flush()
            return policy.id
    except IntegrityError as taken:
        raise FormValidationError({"stage": "已有同样环节和条件的规则，请改那一条"}) from taken


def _city_time(moment: datetime) -> str:
    return moment.astimezone(CITY_TIME).strftime("%-m月%-d日 %H:%M")


def _city_day() -> date:
    return utcnow().astimezone(CITY_TIME).date()
