"""When a report came how far, kept on the report itself: figures over a million of them read no history."""

from __future__ import annotations

from feedback.models import ReportEvent


def contacted(event: ReportEvent) -> None:
    """The resident heard for the first time that somebody deals with it."""
    event.report.first_contact_at = event.report.first_contact_at or event.created_at


def dispatched(event: ReportEvent) -> None:
    event.report.dispatched_at = event.report.dispatched_at or event.created_at


def returned(event: ReportEvent) -> None:
    event.report.bounces += 1


def resolved(event: ReportEvent) -> None:
    event.report.resolved_at = event.created_at


def reopened(event: ReportEvent) -> None:
    event.report.reopened += 1
    event.report.resolved_at = event.report.closed_at = None


def closed(event: ReportEvent) -> None:
    event.report.closed_at = event.created_at
