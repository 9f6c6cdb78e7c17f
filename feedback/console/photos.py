"""Photos on a report's page, and what staff decide on them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.attachments.approval import approve, hide
from feedback.attachments.viewing import photo_address
from feedback.city_time import clock
from feedback.console.changes import change_report, reason_field
from feedback.models import Attachment, Report

ADMITTED = {
    "approve_photos": lambda report: any(not photo.approved_at for photo in report.attachments),
    "hide_photos": lambda report: any(not photo.hidden_at for photo in report.attachments),
}


def photos_of(report: Report) -> list[dict[str, str]]:
    """The photos of a report: address, key, and words that say whose it is and who may see it."""
    return [
        {"key": photo.key, "address": photo_address(photo), "words": _words(place, photo)}
        for place, photo in enumerate(report.attachments, 1)
    ]


def _words(place: int, photo: Attachment) -> str:
    return f"照片 {place}：{photo.actor}，{clock(photo.created_at)}，{_standing(photo)}"


def _standing(photo: Attachment) -> str:
    if photo.hidden_at:
        return "已隐藏"
    return "可以公开" if photo.approved_at else "未公开"


def _form(report: Report, undecided: Sequence[str], label: str, required: bool) -> str:
    """The photos to choose from, those that wait for the decision chosen already, and a reason."""
    choices = "".join(_choice(photo, photo["key"] in undecided) for photo in photos_of(report))
    return f"<form>{choices}{reason_field(label, required)}</form>"


def _choice(photo: dict[str, str], chosen: bool) -> str:
    return (
        '<label class="form-check"><input class="form-check-input" type="checkbox" name="photo" '
        f'value="{photo["key"]}"{" checked" if chosen else ""}><span class="form-check-label">{escape(photo["words"])}<br>'
        f'<img src="{photo["address"]}?size=small" alt="" height="96"></span></label>'
    )


def _approve_form(request: Request, report: Report) -> str:
    undecided = [photo.key for photo in report.attachments if not (photo.approved_at or photo.hidden_at)]
    return _form(report, undecided, "说明（可以不写）", required=False)


def _hide_form(request: Request, report: Report) -> str:
    return _form(report, [], "理由（市民可以查到）", required=True)


class PhotoActions:
    """Photos of a report: what its page shows, and decisions on them."""

    def photos(self, report: Report) -> list[dict[str, str]]:
        return photos_of(report)

    @row_action(
        name="approve_photos",
        text="公开照片",
        confirmation="公众看到诉求时，可以看到这些照片？请先确认看不清人脸、车牌、门牌和证件。",
        submit_btn_text="公开照片",
        icon_class="fa fa-image",
        action_btn_class="btn btn-outline-secondary",
        form=_approve_form,
        modal_size="md",
        exclude_from_list=True,
    )
    async def approve_photos_action(self, request: Request, pk: Any) -> None:
        await _decide(request, pk, approve)
        flash(request, "这些照片会随诉求一起公开。", "success")

    @row_action(
        name="hide_photos",
        text="隐藏照片",
        confirmation="隐藏这些照片？只有工作人员和发照片的人还能看到。",
        submit_btn_text="隐藏照片",
        icon_class="fa fa-eye-slash",
        action_btn_class="btn btn-outline-secondary",
        form=_hide_form,
        modal_size="md",
        exclude_from_list=True,
    )
    async def hide_photos_action(self, request: Request, pk: Any) -> None:
        await _decide(request, pk, hide)
        flash(request, "这些照片已隐藏。", "success")


async def _decide(request: Request, pk: Any, decision) -> None:
    form = await request.form()
    keys, reason = [str(key) for key in form.getlist("photo")], str(form.get("reason") or "")
    await change_report(request, pk, lambda *changed: decision(*changed, keys, reason))
