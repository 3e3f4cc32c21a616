"""Arguments: their pages, the forms by which authors write them, the buttons that weigh them."""

from dataclasses import replace
from typing import Literal

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub.negotiation import wants_json
from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.debate.model import EditArgument, PostArgument, Remove, Weigh
from dosfed.deliberation.debate.rules import read_stance
from dosfed.deliberation.model import ActorId, ArgumentId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.kept import load_language
from dosfed.deliberation.rules import check_length
from dosfed.shown.argument_pages import (
    ArgumentPage,
    find_at,
    load_argument,
    load_history,
    load_words,
)
from dosfed.shown.arguments import anchor_of
from dosfed.shown.viewers import View, Viewer
from dosfed.web import debates, elsewhere, objects, pages, paths, proposals
from dosfed.web.forms import (
    EMPTY,
    UNPROCESSABLE,
    Form,
    chosen_group,
    chosen_language,
    perform,
    signed_in,
    signed_in_form,
)
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.services import WRITINGS
from dosfed.web.signing import sign_in_first

_FIELDS = {
    Refusal.EMPTY: "text",
    Refusal.TOO_LONG: "text",
    Refusal.BAD_SOURCE: "sources",
    Refusal.BAD_GROUP: "group",
    Refusal.UNKNOWN_OPTION: "stance",
}


async def show(request: web.Request) -> web.Response:
    """GET /a/{id}, and {proposal}/arguments/{place}: an argument with what answers it."""
    is_here = "place" not in request.match_info
    if is_here and wants_json(request):
        return await objects.show(request)
    argument = await argument_id(request)
    return await pages.answer(request, loader(argument, "arguments/show.html"))


def loader(
    argument: str, template: str, form: Form = EMPTY, *, is_own: bool = False, status: int = 200
) -> pages.Load:
    """Return what loads a page about an argument, with what was typed into a form of it.

    With `is_own`, there is no such page for anybody but its author.
    """

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_argument(connection, argument, view)
        if page is None or (is_own and not _is_author(view.viewer, page)):
            return None
        return Page(
            template=template,
            values={
                "page": page,
                "form": form,
                "words": await load_words(connection, argument) if is_own else "",
            },
            status=status,
            object=argument,
            within=page.head.id,
        )

    return load


def _is_author(viewer: Viewer | None, page: ArgumentPage) -> bool:
    return viewer is not None and viewer.id == page.first.author


async def show_history(request: web.Request) -> web.Response:
    """GET {argument}/history: what it said before, with what changed."""
    argument = await argument_id(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_argument(connection, argument, view)
        if page is None:
            return None
        values = {"page": page, "versions": await load_history(connection, argument)}
        return Page(template="arguments/history.html", values=values)

    return await pages.answer(request, load)


async def post(request: web.Request) -> web.Response:
    """POST {proposal}/arguments: `text`, `stance`, and `in_reply_to` for an answer to another."""
    form, visitor = await signed_in_form(request, "argument", counted=WRITINGS)
    viewer = signed_in(visitor)
    proposal = await proposals.proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        language = await load_language(connection, proposal)
    if language is None:
        raise web.HTTPNotFound
    in_reply_to = form.value("in_reply_to") or proposal
    try:
        argument = request.app[INSTANCE].new_argument()
        command = _command(form, viewer, argument, proposal=proposal, language=language)
        published, notice = await _publish(request, viewer, command)
    except elsewhere.NotPosted as failed:
        return elsewhere.explain(request, failed, form, visitor)
    except Refused as refused:
        reply = anchor_of(in_reply_to) if in_reply_to != proposal else None
        wrong = _wrong(form, refused)
        load = proposals.loader(request, proposal, wrong, reply=reply, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(_back(request.path.removesuffix("/arguments"), published, notice))


async def _publish(request: web.Request, viewer: Viewer, command: PostArgument) -> tuple[str, str]:
    """Return the id of a new argument and what to say of it; on another server it is a post."""
    if not elsewhere.is_elsewhere(request, viewer):
        return (await perform(request, command)).id, "argument"
    posted = await elsewhere.post_argument(request, viewer, command)
    return posted.id, "argument" if posted.is_here else "argument-sent"


def _command(
    form: Form, viewer: Viewer, argument: str, *, proposal: str, language: str
) -> PostArgument:
    """Return the argument that a form asks for, or raise `Refused`."""
    text = form.value("text")
    return PostArgument(
        id=ArgumentId(argument),
        proposal=ProposalId(proposal),
        in_reply_to=form.value("in_reply_to") or proposal,
        author=ActorId(viewer.id),
        author_name=viewer.handle,
        stance=read_stance(form.value("stance")),
        text=text,
        html=_html(text),
        language=chosen_language(form, language),
        url=argument,
        published=None,
        clause=form.value("clause") or None,
        sources=_sources(form),
        group=chosen_group(form),
    )


async def show_edit(request: web.Request) -> web.Response:
    """GET /a/{id}/edit."""
    return await _own_page(request, "arguments/edit.html")


async def edit(request: web.Request) -> web.Response:
    """POST /a/{id}/edit: `text`, `stance`, `sources`."""
    form, visitor = await signed_in_form(request, "edit")
    argument, text = await argument_id(request), form.value("text")
    try:
        command = EditArgument(
            id=argument,
            author=ActorId(signed_in(visitor).id),
            stance=read_stance(form.value("stance")),
            title="",
            text="",
            html=_html(text),
            markdown=text,
            language=chosen_language(form, "") or None,
            updated=None,
            sources=_sources(form),
        )
        await perform(request, command)
    except Refused as refused:
        _check_author(refused)
        wrong = _wrong(form, refused)
        load = loader(argument, "arguments/edit.html", wrong, is_own=True, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{paths.path_of(argument)}?notice=argument-edited")


async def show_delete(request: web.Request) -> web.Response:
    """GET /a/{id}/delete: asks once more."""
    return await _own_page(request, "arguments/delete.html")


async def delete(request: web.Request) -> web.Response:
    """POST /a/{id}/delete."""
    _, visitor = await signed_in_form(request, "delete")
    argument = await argument_id(request)
    async with request.app[DATABASE].read() as connection:
        place = await debates.find_debate(connection, argument)
    try:
        await perform(request, Remove(id=argument, actor=ActorId(signed_in(visitor).id)))
    except Refused as refused:
        _check_author(refused)
        raise web.HTTPNotFound from refused
    raise web.HTTPSeeOther(f"{place}?notice=argument-deleted#debate")


async def _own_page(request: web.Request, template: str) -> web.Response:
    visitor = await pages.visitor_of(request)
    if visitor.session is None:
        raise sign_in_first(request)
    load = loader(await argument_id(request), template, is_own=True)
    return await pages.answer_now(request, load, visitor)


def _check_author(refused: Refused) -> None:
    if refused.refusal is Refusal.NOT_THE_AUTHOR:
        raise web.HTTPForbidden from refused


async def argument_id(request: web.Request) -> str:
    """Return the id of the argument that a request is about, here or on another server."""
    place = request.match_info.get("place")
    if place is None:
        return f"{request.app[INSTANCE].base_url}/a/{request.match_info['id']}"
    proposal = await proposals.proposal_id(request)
    async with request.app[DATABASE].read() as connection:
        found = await find_at(connection, proposal, place)
    if found is None:
        raise web.HTTPNotFound
    return found


def _back(debate: str, argument: str, notice: str) -> str:
    """Return the page of a debate on which an argument is."""
    anchor = anchor_of(argument)
    return f"{debate}?at={anchor}&notice={notice}#{anchor}"


def _wrong(form: Form, refused: Refused) -> Form:
    """Return a form that says beside the right field why it was refused."""
    return replace(form, errors={_FIELDS.get(refused.refusal, "form"): said(refused)})


def _html(text: str) -> str:
    """Return what a text says, or raise `Refused` for one that is too long."""
    check_length(text)
    return texts.render_markdown(text)


def _sources(form: Form) -> tuple[str, ...]:
    """Return the sources that were typed, one on each line."""
    lines = (line.strip() for line in form.value("sources").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


_WEIGHTS: dict[str, Literal[-1, 0, 1]] = {"strong": 1, "weak": -1, "neither": 0}


async def weigh(request: web.Request) -> web.Response:
    """POST {proposal}/weights: `strong`, `weak` or `neither` holds the place of an argument."""
    form, visitor = await signed_in_form(request, "weight")
    proposal = await proposals.proposal_id(request)
    name = next((name for name in _WEIGHTS if form.value(name)), "")
    async with request.app[DATABASE].read() as connection:
        argument = await find_at(connection, proposal, form.value(name)) if name else None
    if argument is None:
        raise web.HTTPNotFound
    actor = ActorId(signed_in(visitor).id)
    anchor = form.value(name)
    try:
        await perform(request, Weigh(object=argument, actor=actor, weight=_WEIGHTS[name]))
    except Refused as refused:
        wrong = replace(form, errors={"form": said(refused)})
        load = proposals.loader(request, proposal, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    place = request.path.removesuffix("/weights")
    raise web.HTTPSeeOther(f"{place}?{debates.query_of(request, at=anchor)}#{anchor}")
