"""The console's pages of the knowledge base: guides to edit, and questions that wait for an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import ValidationError
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import (
    BaseField,
    CustomView,
    DateField,
    DateTimeField,
    EnumField,
    IntegerField,
    StringField,
    TextAreaField,
    flash,
    get_flashed_messages,
    route,
    row_action,
)
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import ActionFailed, FormValidationError

from feedback.console.changes import actor_of
from knowledge_base import FIELDS, Guide, GuideRow
from knowledge_base.gaps import dismiss, link, open_groups
from knowledge_base.guides import ChangedMeanwhile, restore_version, save_guide
from knowledge_base.models import AnswerRating, GuideVersion
from knowledge_base.schema import in_words
from storage import reading, writing

ONE_A_LINE = "一行一个"
MATERIALS = "一行一样；可用电子证照的在后面写“｜电子”，说明写在最后，例如：居民身份证｜电子｜遗失的不用交"
RESTORE_FORM = """<form><label class="form-label" for="version">恢复到第几版</label>
<input class="form-control" id="version" name="version" type="number" min="1" required></form>"""


def _line(name: str, label: str, **options: Any) -> BaseField:
    return StringField(name, label=label, getter=lambda request, row: row.body.get(name) or "", **options)


def _lines(name: str, label: str, **options: Any) -> BaseField:
    """A list of the guide, edited a line an item."""
    options = {"help_text": ONE_A_LINE} | options
    return TextAreaField(name, label=label, getter=lambda request, row: "\n".join(row.body.get(name) or ()), **options)


def _day(name: str, label: str) -> BaseField:
    return DateField(name, label=label, getter=lambda request, row: getattr(Guide.model_validate(row.body), name))


def _materials_as_lines(request: Request, row: GuideRow) -> str:
    materials = Guide.model_validate(row.body).materials
    return "\n".join("｜".join(filter(None, (m.name, "电子" if m.electronic else "", m.note))) for m in materials)


class GuideView(ModelView):
    """Guides: found by name, edited, every version to be had back. A change is searched within seconds."""

    menu_label = "办事指南"
    display_name = "办事指南"
    icon = "fa fa-book"
    page_size = 25
    detail_template = "guide_detail.html"
    actions: ClassVar = []
    fields = [
        StringField("id", label="标识", required=True, help_text="小写字母、数字和连字符；以后不要改"),
        StringField("title", label="名称", required=True),
        EnumField("field", label="领域", choices=[(field, field) for field in FIELDS], required=True, select2=True),
        TextAreaField(
            "summary", label="概要", getter=lambda _, row: row.body.get("summary", ""), help_text="不超过 120 字"
        ),
        _lines("aliases", "别名"),
        _lines("questions", "市民怎么问", required=True),
        _lines("conditions", "条件"),
        TextAreaField("materials", label="材料", getter=_materials_as_lines, help_text=MATERIALS),
        _lines("steps", "步骤"),
        _line("fee", "费用"),
        _line("where", "在哪办"),
        _line("online", "网上入口"),
        _line("phone", "电话"),
        _lines("basis", "依据"),
        StringField("source", label="来源", getter=lambda _, row: (row.body.get("source") or {}).get("name", "")),
        _day("verified_on", "核对日期"),
        _day("valid_until", "有效期至"),
        IntegerField("version", label="版本", help_text="打开时的版本；别人同时改过，保存时会提醒"),
        DateTimeField("updated_at", label="更新时间", read_only=True),
    ]
    exclude_fields_from_list = tuple(
        field.name for field in fields if field.name not in ("id", "title", "field", "verified_on", "updated_at")
    )
    show_pk_in_forms = True
    exclude_fields_from_create = ("version", "updated_at")
    exclude_fields_from_edit = ("id",)
    searchable_fields = ("id", "title", "field")
    fields_default_sort = ("id",)

    def can_delete(self, request: Request) -> bool:
        return False

    def can_import(self, request: Request) -> bool:
        return False

    def versions(self, row: GuideRow) -> list[GuideVersion]:
        with reading() as session:
            return session.scalars(
                select(GuideVersion).filter_by(guide_id=row.id).order_by(GuideVersion.version.desc())
            ).all()

    def ratings(self, row: GuideRow) -> dict[bool, int]:
        """How many residents found the guide of use, and how many not."""
        with reading() as session:
            counts = select(AnswerRating.useful, func.count()).filter_by(guide_id=row.id).group_by(AnswerRating.useful)
            return dict(session.execute(counts).all())

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        guide = _guide(data, {})
        await run_in_threadpool(_save_new, guide, actor_of(request))
        return await self.find_by_pk(request, guide.id)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        await run_in_threadpool(_save_edit, str(pk), data, actor_of(request))
        return await self.find_by_pk(request, pk)

    @row_action(
        name="restore",
        text="恢复旧版",
        confirmation="恢复成哪一版？现在的内容会留作一版。",
        submit_btn_text="恢复",
        icon_class="fa fa-undo",
        action_btn_class="btn btn-outline-primary",
        form=RESTORE_FORM,
    )
    async def restore_action(self, request: Request, pk: Any) -> None:
        version = str((await request.form()).get("version") or "")
        if not version.isdecimal() or not await run_in_threadpool(_restore, str(pk), int(version), actor_of(request)):
            raise ActionFailed("没有这一版，或者内容和现在一样。")
        flash(request, f"已恢复第 {version} 版。", "success")


def _guide(data: dict[str, Any], kept: dict) -> Guide:
    """The guide that a form describes; what the form doesn't show stays as it was.

    Raises:
        FormValidationError: with what is wrong with each field.
    """
    body = {name: value for name, value in kept.items() if name not in data}
    for name in ("id", "title", "field", "summary", "fee", "where", "online", "phone", "verified_on", "valid_until"):
        body[name] = data.get(name)
    for name in ("aliases", "questions", "conditions", "steps", "basis"):
        body[name] = _split(data.get(name))
    body["materials"] = [_material(line) for line in _split(data.get("materials"))]
    if name := str(data.get("source") or "").strip():
        body["source"] = {"url": (kept.get("source") or {}).get("url"), "name": name}
    try:
        return Guide.model_validate({name: value for name, value in body.items() if value not in (None, "", [])})
    except ValidationError as error:
        problems = {str(e["loc"][0] if e["loc"] else "id"): in_words(e) for e in error.errors()}
        raise FormValidationError(problems) from error


def _split(text: Any) -> list[str]:
    return [line.strip() for line in str(text or "").splitlines() if line.strip()]


def _material(line: str) -> dict:
    name, *rest = (part.strip() for part in re.split(r"[｜|]", line))
    electronic = "电子" in rest
    note = "；".join(part for part in rest if part and part != "电子")
    return {"name": name, "electronic": electronic} | ({"note": note} if note else {})


def _save_new(guide: Guide, actor: str) -> None:
    with writing() as session:
        if session.get(GuideRow, guide.id):
            raise FormValidationError({"id": "已有这个标识的指南"})
        save_guide(session, guide, actor)


def _save_edit(guide_id: str, data: dict[str, Any], actor: str) -> None:
    with writing() as session:
        row = session.get_one(GuideRow, guide_id)
        guide = _guide(data | {"id": guide_id}, row.body)
        try:
            save_guide(session, guide, actor, opened_at=int(data.get("version") or 0))
        except ChangedMeanwhile as meanwhile:
            raise FormValidationError(
                {"version": f"别人刚刚改过，现在是第 {row.version} 版，请重新打开再改"}
            ) from meanwhile


def _restore(guide_id: str, version: int, actor: str) -> bool:
    with writing() as session:
        if not session.scalar(select(GuideVersion).filter_by(guide_id=guide_id, version=version)):
            return False
        return restore_version(session, guide_id, version, actor)


class QuestionPage(CustomView):
    """Questions that were not answered, by meaning: link a guide, and everybody who asked is told."""

    @route("")
    async def index(self, request: Request) -> Response:
        groups, guides = await run_in_threadpool(_questions)
        context = {
            "title": "待答问题",
            "groups": groups,
            "guides": guides,
            "flashed_messages": get_flashed_messages(request),
        }
        return self.templates.TemplateResponse(request=request, name="questions.html", context=context)

    @route("/link", methods=["POST"])
    async def link(self, request: Request) -> Response:
        form = await request.form()
        guide_id = str(form.get("guide") or "").split(" ")[0]
        try:
            count = await _on_gaps(form, lambda session, ids: link(session, ids, guide_id, actor_of(request)))
            flash(request, f"{count} 个问题有了答案，提问的市民会收到。", "success")
        except LookupError:
            flash(request, "没有这份指南，请从列表里选一份。", "error")
        return RedirectResponse(request.url_for("console:questions"), 303)

    @route("/dismiss", methods=["POST"])
    async def dismiss(self, request: Request) -> Response:
        count = await _on_gaps(await request.form(), lambda session, ids: dismiss(session, ids, actor_of(request)))
        flash(request, f"{count} 个问题不用答了。", "success")
        return RedirectResponse(request.url_for("console:questions"), 303)


async def _on_gaps(form: FormData, change: Callable) -> int:
    ids = [int(value) for value in form.getlist("gap") if str(value).isdecimal()]

    def apply() -> None:
        with writing() as session:
            change(session, ids)

    await run_in_threadpool(apply)
    return len(ids)


def _questions() -> tuple[list, list[tuple[str, str]]]:
    with reading() as session:
        guides = session.execute(select(GuideRow.id, GuideRow.title).order_by(GuideRow.id)).all()
        return open_groups(session), [(row.id, row.title) for row in guides]
