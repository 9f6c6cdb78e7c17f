"""A table of rules that everybody may look at, and coordinators and administrators change."""

from __future__ import annotations

from typing import ClassVar

from starlette.requests import Request
from starlette_admin.contrib.sqla import ModelView

from feedback.accounts import COORDINATORS


class CoordinatorsTable(ModelView):
    page_size = 50
    actions: ClassVar = []

    def can_create(self, request: Request) -> bool:
        return request.state.staff.role in COORDINATORS

    can_edit = can_delete = can_create

    def can_import(self, request: Request) -> bool:
        return False
