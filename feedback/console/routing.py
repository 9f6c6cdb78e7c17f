"""The console's page of routing rules."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette_admin import BooleanField, DateTimeField, EnumField, IntegerField, StringField, TextAreaField
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError

from feedback.accounts import COORDINATORS
from feedback.routing import LEVELS, Gap, InvalidRule, gaps, save_rule
from feedback.routing.rules import first_parts
from nlu.categories import names
from nlu.places import districts
from storage import reading, writing

ANY = [("", "不限")]
CATEGORIES = ANY + [(part, f"{part} 类") for part in first_parts()] + list(names().items())
PLACEHOLDERS = "可以写 {district} 和 {subdistrict}，派单时换成诉求的区和街镇"


class RoutingRuleView(ModelView):
    """Who gets what; everybody may look, coordinators and administrators may change."""

    menu_label = "派单规则"
    display_name = "派单规则"
    icon = "fa fa-random"
    page_size = 50
    list_template = "routing_rules.html"
    actions: ClassVar = []
    fields = [
        IntegerField("id", label="规则", read_only=True),
        EnumField("category", label="类别", choices=CATEGORIES, select2=True),
        EnumField("district", label="区", choices=ANY + [(d, d) for d in districts()], select2=True),
        StringField("subdistrict", label="街镇"),
        EnumField("level", label="层级", choices=list(LEVELS.items()), required=True, default="district"),
        StringField("department", label="主办部门", required=True, help_text=PLACEHOLDERS),
        TextAreaField(
            "supporters",
            label="协办部门",
            getter=lambda request, rule: "\n".join(rule.supporters),
            help_text=f"一行一个；{PLACEHOLDERS}",
        ),
        StringField("note", label="说明"),
        BooleanField("active", label="启用", default=True),
        StringField("updated_by", label="修改人", read_only=True),
        DateTimeField("updated_at", label="修改时间", read_only=True),
    ]
    exclude_fields_from_create = ("id", "updated_by", "updated_at")
    exclude_fields_from_edit = exclude_fields_from_create
    searchable_fields = ("category", "district", "subdistrict", "department", "note")
    fields_default_sort = ("category", "district", "subdistrict")

    def can_create(self, request: Request) -> bool:
        return request.state.staff.role in COORDINATORS

    can_edit = can_delete = can_create

    def can_import(self, request: Request) -> bool:
        return False

    def gaps(self) -> list[Gap]:
        with reading() as session:
            return gaps(session)

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        return await self._save(request, data, None)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        return await self._save(request, data, int(pk))

    async def _save(self, request: Request, data: dict[str, Any], rule_id: int | None) -> Any:
        values = data | {"supporters": str(data.get("supporters") or "").splitlines()}
        saved = await run_in_threadpool(_save_rule, values, f"工作人员 {request.state.staff.name}", rule_id)
        return await self.find_by_pk(request, saved)


def _save_rule(values: dict[str, Any], actor: str, rule_id: int | None) -> int:
    """Save a rule in a transaction of its own; returns its id.

    Raises:
        FormValidationError: with what is wrong with each field.
    """
    try:
        with writing() as session:
            return save_rule(session, values, actor, rule_id).id
    except InvalidRule as wrong:
        raise FormValidationError(wrong.problems) from wrong
    except StaleDataError as stale:
        raise FormValidationError({"category": "别人刚刚改过这条规则，请重新打开再改"}) from stale
