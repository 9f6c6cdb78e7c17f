"""The staff console under `/console/`, on starlette-admin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette_admin import I18nConfig, TimezoneConfig
from starlette_admin.contrib.sqla import Admin

from feedback.accounts import session_secret
from feedback.console.alarms import AlarmPage
from feedback.console.deadlines import DeadlinePage, PolicyView
from feedback.console.dispatch import DispatchPage
from feedback.console.figures import FiguresPage
from feedback.console.knowledge import GuideView, QuestionPage
from feedback.console.login import StaffLogin
from feedback.console.reconciliation import ReconciliationPage
from feedback.console.routing import RoutingRuleView
from feedback.console.topics import TopicsPage
from feedback.console.views import ReportView, ToQueue, WorkOrderView
from feedback.deadlines.models import DeadlinePolicy
from feedback.models import Report, WorkOrder
from feedback.routing import RoutingRule
from feedback.settings import settings
from knowledge_base import GuideRow
from storage import engine

TEMPLATES = Path(__file__).with_name("templates")


def mount_console(app: Starlette, transcript: Callable[[str], list[dict]]) -> None:
    """Mount the console; `transcript` returns what was said in a conversation: `who`, `text`, `at`."""
    secret = session_secret(settings().var)
    admin = Admin(
        engine(),
        title="民声工作台",
        base_url="/console",
        route_name="console",
        templates_dir=str(TEMPLATES),
        index_view=ToQueue(menu_label="诉求", path="/", add_to_menu=False),
        auth_provider=StaffLogin(),
        secret_key=secret,
        middlewares=[Middleware(SessionMiddleware, secret_key=secret, session_cookie="console", same_site="lax")],
        i18n_config=I18nConfig(default_locale="zh", language_header_name=None),
        timezone_config=TimezoneConfig(default_timezone="Asia/Shanghai", use_user_locale_timezone=False),
    )
    admin.add_view(ReportView(Report, transcript))
    admin.add_view(WorkOrderView(WorkOrder))
    admin.add_view(DispatchPage(menu_label="派单", icon="fa fa-truck", path="/dispatch", route_name="dispatch"))
    admin.add_view(RoutingRuleView(RoutingRule))
    admin.add_view(
        ReconciliationPage(
            menu_label="对账", icon="fa fa-scale-balanced", path="/reconciliation", route_name="reconciliation"
        )
    )
    admin.add_view(DeadlinePage(menu_label="超期与督办", icon="fa fa-clock", path="/deadlines", route_name="deadlines"))
    admin.add_view(PolicyView(DeadlinePolicy))
    admin.add_view(TopicsPage(icon="fa fa-fire", path="/topics", route_name="topics"))
    admin.add_view(
        QuestionPage(menu_label="待答问题", icon="fa fa-question", path="/questions", route_name="questions")
    )
    admin.add_view(GuideView(GuideRow))
    admin.add_view(AlarmPage(menu_label="警报", icon="fa fa-bell", path="/alarms", route_name="alarms"))
    admin.add_view(FiguresPage(menu_label="数据", icon="fa fa-chart-bar", path="/figures", route_name="figures"))
    admin.mount_to(app)
