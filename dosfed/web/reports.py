"""The form by which somebody asks the moderators to look at an argument."""

from dataclasses import replace

from aiohttp import web

from dosfed.activitypub.instance import host_of
from dosfed.activitypub.services import INSTANCE
from dosfed.deliberation.model import ActorId, Refused, Report
from dosfed.web import arguments, pages
from dosfed.web.forms import UNPROCESSABLE, perform, signed_in, signed_in_form
from dosfed.web.refusals import REASONS
from dosfed.web.services import WRITINGS
from dosfed.web.signing import sign_in_first

TEMPLATE = "arguments/report.html"


async def show(request: web.Request) -> web.Response:
    """GET {argument}/report."""
    visitor = await pages.visitor_of(request)
    if visitor.session is None:
        raise sign_in_first(request)
    load = arguments.loader(await arguments.argument_id(request), TEMPLATE)
    return await pages.answer_now(request, load, visitor)


async def post(request: web.Request) -> web.Response:
    """POST {argument}/report: `text`, and `pass_on` for the author's own server."""
    form, visitor = await signed_in_form(request, "report", counted=WRITINGS)
    argument = await arguments.argument_id(request)
    command = Report(
        reporter=ActorId(signed_in(visitor).id),
        objects=(argument,),
        text=form.value("text"),
        is_passed_on=bool(form.value("pass_on")) and _is_elsewhere(request, argument),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        wrong = replace(form, errors={"text": REASONS[refused.refusal]})
        load = arguments.loader(argument, TEMPLATE, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path.removesuffix('/report')}?notice=reported")


def _is_elsewhere(request: web.Request, argument: str) -> bool:
    return host_of(argument) != request.app[INSTANCE].host
