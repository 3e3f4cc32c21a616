"""Arguments: their page, and the form that posts one."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.services import DATABASE, INSTANCE
from dosfed.deliberation.lookups import load_language
from dosfed.deliberation.model import (
    ActorId,
    ArgumentId,
    PostArgument,
    ProposalId,
    Refusal,
    Refused,
    Stance,
)
from dosfed.deliberation.queries import View, load_argument
from dosfed.deliberation.shown_arguments import anchor_of
from dosfed.web import objects, pages, proposals
from dosfed.web.forms import (
    UNPROCESSABLE,
    chosen_language,
    perform,
    signed_in,
    signed_in_form,
)
from dosfed.web.refusals import REASONS
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /a/{id}: an argument with what answers it."""
    if wants_json(request):
        return await objects.show(request)
    argument = f"{request.app[INSTANCE].base_url}{request.path}"

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_argument(connection, argument, view)
        if page is None:
            return None
        return Page(template="arguments/show.html", values={"page": page}, object=argument)

    return await pages.answer(request, load)


async def post(request: web.Request) -> web.Response:
    """POST /p/{id}/arguments: `text`, `stance`, and `in_reply_to` for an answer to another."""
    form, visitor = await signed_in_form(request, "argument")
    viewer = signed_in(visitor)
    proposal = await proposals.proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        language = await load_language(connection, proposal)
    if language is None:
        raise web.HTTPNotFound
    text = form.value("text")
    argument = request.app[INSTANCE].new_argument()
    in_reply_to = form.value("in_reply_to") or proposal
    try:
        command = PostArgument(
            id=ArgumentId(argument),
            proposal=ProposalId(proposal),
            in_reply_to=in_reply_to,
            author=ActorId(viewer.id),
            author_name=viewer.handle,
            stance=_stance(form.value("stance")),
            text=text,
            html=texts.render_markdown(text),
            language=chosen_language(form, language),
            url=argument,
            published=None,
        )
        await perform(request, command)
    except Refused as refused:
        is_text = refused.refusal in {Refusal.EMPTY, Refusal.TOO_LONG}
        field = "text" if is_text else "form"
        wrong = replace(form, errors={field: REASONS[refused.refusal]})
        reply = anchor_of(in_reply_to)
        load = proposals.loader(request, proposal, wrong, reply=reply, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    place = request.path.removesuffix("/arguments")
    raise web.HTTPSeeOther(f"{place}?notice=argument#{anchor_of(argument)}")


def _stance(name: str) -> Stance:
    """Return the stance that was chosen, neutral if none was; raise `Refused` for any other."""
    if name and name not in set(Stance):
        raise Refused(Refusal.UNKNOWN_OPTION)
    return Stance(name or Stance.NEUTRAL)
