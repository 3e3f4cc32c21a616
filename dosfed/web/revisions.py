"""Changing a proposal, taking it back, and reading what it said before."""

from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts.facts import (
    ContributionChanged,
    NewTextDropped,
    NewTextSubmitted,
    ProposalRevised,
)
from dosfed.acts.submission import Done
from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused
from dosfed.deliberation.proposals.model import ReviseProposal, TagProposal
from dosfed.deliberation.proposals.rules import NOTE_LENGTH
from dosfed.deliberation.proposals.tag_names import read_tags
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH, says_nothing
from dosfed.shown.proposal_pages import ChangePage, load_change, load_versions_page
from dosfed.shown.viewers import View
from dosfed.web import pages, paths
from dosfed.web.decisions import revision_number
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.proposals import proposal_id
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first


async def ask(request: web.Request) -> web.Response:
    """GET /p/{id}/edit: its words, to be changed by its author or by a facilitator."""
    visitor = await visitor_of(request)
    page = await _load(request, visitor)
    if page.is_hidden:
        raise web.HTTPSeeOther(_place(page))  # there it says why
    return _answer(request, visitor, page, "proposals/edit.html")


async def revise(request: web.Request) -> web.Response:
    """POST /p/{id}/edit: `title`, `text`, `note`, and which version it `follows`."""
    form, visitor = await signed_in_form(request, "revision")
    page = await _load(request, visitor)
    command = ReviseProposal(
        id=ProposalId(page.proposal.id),
        by=ActorId(signed_in(visitor).id),
        title=texts.one_line(form.value("title"), len(form.value("title"))),
        text=form.value("text"),
        note=" ".join(form.value("note").split()),
        follows=revision_number(form.value("follows")) or 0,
    )
    try:
        done = await perform(request, command)
    except Refused as refused:
        field = _wrong_field(command, refused.refusal)
        wrong = replace(form, errors={field: said(refused, *_measured(command, field))})
        # What the others wrote meanwhile is what the next attempt follows.
        page = await _load(request, visitor)
        return _answer(request, visitor, page, "proposals/edit.html", wrong)
    raise web.HTTPSeeOther(paths.with_notice(_place(page), _confirmation(done)))


def _confirmation(done: Done) -> str:
    """Return what the page says of a new text: whether it stands, and who is asked again."""
    match done.facts[0]:
        case NewTextSubmitted():
            return "text-waits"
        case ContributionChanged():
            return "text-sent"
        case NewTextDropped():
            return "text-dropped"
        case ProposalRevised(asked_again=again) if again:
            return "signers-asked"
        case _:
            return "revised"


async def tag(request: web.Request) -> web.Response:
    """POST /p/{id}/tags: `tags`, apart by commas."""
    form, visitor = await signed_in_form(request, "tags")
    page = await _load(request, visitor)
    command = TagProposal(
        id=ProposalId(page.proposal.id),
        by=ActorId(signed_in(visitor).id),
        tags=read_tags(form.value("tags")),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        wrong = replace(form, errors={"tags": said(refused)})
        return _answer(request, visitor, page, "proposals/edit.html", wrong)
    raise web.HTTPSeeOther(paths.with_notice(_place(page), "tagged"))


async def ask_to_delete(request: web.Request) -> web.Response:
    """GET /p/{id}/delete: what will become of it."""
    visitor = await visitor_of(request)
    page = await _load(request, visitor)
    if not page.is_author:
        raise web.HTTPForbidden
    return _answer(request, visitor, page, "proposals/delete.html")


async def delete(request: web.Request) -> web.Response:
    """POST /p/{id}/delete: its author takes it back."""
    _, visitor = await signed_in_form(request, "deletion")
    page = await _load(request, visitor)
    command = Remove(id=page.proposal.id, actor=ActorId(signed_in(visitor).id))
    try:
        await perform(request, command)
    except Refused as refused:
        raise web.HTTPForbidden from refused
    raise web.HTTPSeeOther(paths.with_notice(paths.consultation(page.head), "proposal-deleted"))


async def show_versions(request: web.Request) -> web.Response:
    """GET /p/{id}/versions: which there are, and why."""
    return await _show(request, "proposals/versions.html", None)


async def show_version(request: web.Request) -> web.Response:
    """GET /p/{id}/versions/{number}: what a version says, and what it changed."""
    return await _show(request, "proposals/version.html", int(request.match_info["number"]))


async def _show(request: web.Request, template: str, number: int | None) -> web.Response:
    proposal = await proposal_id(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_versions_page(connection, proposal, number, view)
        return None if page is None else Page(template=template, values={"page": page})

    return await pages.answer(request, load)


def _answer(
    request: web.Request,
    visitor: Visitor,
    page: ChangePage,
    template: str,
    form: Form = EMPTY,
) -> web.Response:
    status = UNPROCESSABLE if form.errors else web.HTTPOk.status_code
    shown = Page(template=template, values={"page": page, "form": form}, status=status)
    return pages.answer_page(request, shown, visitor)


async def _load(request: web.Request, visitor: Visitor) -> ChangePage:
    """Return a proposal to somebody who may change it; the act itself asks again."""
    if visitor.viewer is None:
        raise sign_in_first(request)
    proposal = await proposal_id(request)
    view = View(viewer=visitor.viewer, now=request.app[CLOCK].now())
    async with request.app[DATABASE].read() as connection:
        page = await load_change(connection, proposal, view, visitor.viewer)
    if page is None:
        raise web.HTTPForbidden
    return page


def _place(page: ChangePage) -> str:
    if page.is_published or page.made is not None:
        return paths.proposal((page.made or page.proposal).id, page.head)
    return f"{paths.consultation(page.head)}#waiting"


def _measured(command: ReviseProposal, field: str) -> tuple[str, int]:
    """Return what was typed into a field, and how long it may be."""
    match field:
        case "title":
            return command.title, TITLE_LENGTH
        case "note":
            return command.note, NOTE_LENGTH
        case _:
            return command.text, TEXT_LENGTH


def _wrong_field(command: ReviseProposal, refusal: Refusal) -> str:
    """Return beside which field the reason of a refusal belongs."""
    match refusal:
        case Refusal.EMPTY:
            return "title" if says_nothing(command.title) else "note"
        case Refusal.TOO_LONG if len(command.title) > TITLE_LENGTH:
            return "title"
        case Refusal.TOO_LONG:
            return "note" if len(command.note) > NOTE_LENGTH else "text"
        case _:
            return "form"
