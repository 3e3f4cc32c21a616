"""The forms by which somebody asks the moderators to look at an argument, or at a proposal."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import INSTANCE
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.moderation.model import Report
from dosfed.instance import host_of
from dosfed.shown.proposal_pages import load_named
from dosfed.shown.viewers import View
from dosfed.web import arguments, pages, proposals
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.refusals import REASONS, _
from dosfed.web.rendering import Page
from dosfed.web.services import WRITINGS
from dosfed.web.signing import sign_in_first

MANY = _("The moderators have not answered all your reports yet. Wait until they have.")


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
    form, visitor = await signed_in_form(request, "report", counted=WRITINGS)
    return await _report(request, await _argument(request), form, visitor)


async def report_proposal(request: web.Request) -> web.Response:
    """POST {proposal}/report: `text`, and `pass_on` for the home of a mirrored consultation."""
    form, visitor = await signed_in_form(request, "report", counted=WRITINGS)
    return await _report(request, await _proposal(request), form, visitor)


async def _show(request: web.Request, subject: _Subject) -> web.Response:
    visitor = await pages.visitor_of(request)
    if visitor.session is None:
        raise sign_in_first(request)
    return await pages.answer_now(request, subject.load(), visitor)


async def _report(
    request: web.Request, subject: _Subject, form: Form, visitor: pages.Visitor
) -> web.Response:
    is_elsewhere = host_of(subject.id) != request.app[INSTANCE].host
    command = Report(
        reporter=ActorId(signed_in(visitor).id),
        objects=(subject.id,),
        text=form.value("text"),
        is_passed_on=bool(form.value("pass_on")) and is_elsewhere,
    )
    try:
        await perform(request, command)
    except Refused as refused:
        reason = MANY if refused.refusal is Refusal.TOO_MANY else REASONS[refused.refusal]
        wrong = replace(form, errors={"text": reason})
        load = subject.load(wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
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
