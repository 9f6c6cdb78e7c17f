"""Which department a report goes to: a table of rules that staff edit, the categories' defaults, and backstops."""

from feedback.routing.choosing import Route, known_departments, route
from feedback.routing.gaps import Gap, find_faults, gaps
from feedback.routing.models import LEVELS, RoutingRule
from feedback.routing.rules import InvalidRule, problems, save_rule, seed_rules

__all__ = [
    "LEVELS",
    "Gap",
    "InvalidRule",
    "Route",
    "RoutingRule",
    "find_faults",
    "gaps",
    "known_departments",
    "problems",
    "route",
    "save_rule",
    "seed_rules",
]
