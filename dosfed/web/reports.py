"""The forms by which somebody asks the moderators to look at an argument, or at a proposal."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import INSTANCE
from dosfed.deliberation.debate.rules import REPORT_LENGTH
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.moderation.model import Report
from dosfed.instance import host_of
from dosfed.shown.proposal_pages import load_named
from dosfed.shown.viewers import View
from dosfed.web import arguments, pages, proposals
from dosfed.web.forms import (
    EMPTY,
    UNPROCESSABLE,
    Form,
    TooOften,
    check_token,
    perform,
    read_form,
)
from dosfed.web.limits import client_to_wait, seconds_to_wait
from dosfed.web.refusals import _, said
from dosfed.web.rendering import Page
from dosfed.web.services import STRANGERS, WRITINGS

MANY = _(
    "The moderators have not yet answered all your reports. Wait for their answer "
    "before sending more."
)
MANY_OF_STRANGERS = _(
    "The moderators have too many reports at the moment. Sign in to send yours, or try again later."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What a report is about, and how the page loads on which it is made."""

    id: str
    load: Callable[..., pages.Load]


async def show_argument(request: web.Request) -> web.Response:
    """GET {argument}/report."""
    return await _show(request, await _argument(request))


async def show_proposal(request: web.Request) -> web.Response:
    """GET {proposal}/report."""
    return await _show(request, await _proposal(request))


async def report_argument(request: web.Request) -> web.Response:
    """POST {argument}/report: `text`, and `pass_on` for the author's own server."""
    form, visitor = await _read(request)
    return await _report(request, await _argument(request), form, visitor)


async def report_proposal(request: web.Request) -> web.Response:
    """POST {proposal}/report: `text`, and `pass_on` for the home of a mirrored consultation."""
    form, visitor = await _read(request)
    return await _report(request, await _proposal(request), form, visitor)


async def _show(request: web.Request, subject: _Subject) -> web.Response:
    visitor = await pages.visitor_of(request)
    load = _with(subject.load(), is_sent="sent" in request.query)
    return await pages.answer_now(request, load, visitor)


def _with(load: pages.Load, *, is_sent: bool) -> pages.Load:
    """Return what loads a page that says whether a report was just sent from it."""

    async def loaded(connection: AsyncConnection, view: View) -> Page | None:
        page = await load(connection, view)
        return page and replace(page, values={**page.values, "is_sent": is_sent})

    return loaded


async def _read(request: web.Request) -> tuple[Form, pages.Visitor]:
    """Return a report and who makes it: anybody may, without an account less often."""
    form, visitor = await read_form(request, "report"), await pages.visitor_of(request)
    check_token(form, visitor)
    if visitor.viewer is not None:
        seconds = seconds_to_wait(request, WRITINGS, visitor.viewer.id)
    else:
        seconds = client_to_wait(request, STRANGERS)
    if seconds:
        raise TooOften(form, seconds)
    return form, visitor


async def _report(
    request: web.Request, subject: _Subject, form: Form, visitor: pages.Visitor
) -> web.Response:
    is_elsewhere = host_of(subject.id) != request.app[INSTANCE].host
    viewer = visitor.viewer
    command = Report(
        reporter=ActorId("" if viewer is None else viewer.id),
        objects=(subject.id,),
        text=form.value("text"),
        is_passed_on=bool(form.value("pass_on")) and is_elsewhere and viewer is not None,
    )
    try:
        await perform(request, command)
    except Refused as refused:
        reason = said(refused, command.text, REPORT_LENGTH)
        if refused.refusal is Refusal.TOO_MANY:
            reason = MANY if viewer is not None else MANY_OF_STRANGERS
        wrong = replace(form, errors={"text": reason})
        load = _with(subject.load(wrong, status=UNPROCESSABLE), is_sent=False)
        return await pages.answer_now(request, load, visitor)
    if viewer is None:
        raise web.HTTPSeeOther(f"{request.path}?sent=1")  # no notice stands on pages that all share
    raise web.HTTPSeeOther(f"{request.path.removesuffix('/report')}?notice=reported")


async def _argument(request: web.Request) -> _Subject:
    argument = await arguments.argument_id(request)
    return _Subject(id=argument, load=partial(arguments.loader, argument, "arguments/report.html"))


async def _proposal(request: web.Request) -> _Subject:
    proposal = await proposals.proposal_id(request)
    return _Subject(id=proposal, load=partial(_loader, proposal))


def _loader(proposal: str, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_named(connection, proposal, view)
        if page is None:
            return None
        values = {"page": page, "form": form}
        return Page(template="proposals/report.html", values=values, status=status)

    return load
