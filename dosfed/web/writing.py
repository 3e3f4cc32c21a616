"""Writing a proposal: the page, its preview, drafts, and the form that submits it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts.facts import ContributionSent, ProposalSubmitted, SubmittedBefore
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.model import ActorId, Refusal, Refused
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.drafts import (
    Draft,
    delete_draft,
    load_draft,
    load_drafts,
    save_draft,
)
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.proposals.tag_names import read_tags
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.deliberation.search.finding import SimilarProposal, similar
from dosfed.shown.consultations import ConsultationHead, load_head
from dosfed.shown.proposal_pages import WritingPage, load_writing
from dosfed.shown.viewers import View, Viewer
from dosfed.web import elsewhere, pages
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
from dosfed.web.pages import visitor_of
from dosfed.web.refusals import said
from dosfed.web.rendering import Page
from dosfed.web.services import WRITINGS
from dosfed.web.signing import sign_in_first

DRAFT = re.compile(r"[a-z0-9]{16}")
FIELDS: Mapping[Refusal, str] = {
    Refusal.BAD_TAG: "tags",
    Refusal.BAD_GROUP: "group_name",
    Refusal.EMPTY: "title",
}


async def show(request: web.Request) -> web.Response:
    """GET /c/{address}/propose: an empty form, or `?draft=` as far as it was written."""
    visitor = await visitor_of(request)
    token = request.query.get("draft", "")
    if visitor.viewer is None:
        # Anybody may read how one proposes; only what somebody wrote is behind their sign-in.
        if token:
            raise sign_in_first(request)
        return await pages.answer(request, _loader(request, EMPTY))
    form = _filled({"draft": request.app[INSTANCE].new_token()})
    if token:
        async with request.app[DATABASE].read() as connection:
            draft = await load_draft(connection, token, visitor.viewer.id)
        if draft is None:
            raise web.HTTPNotFound
        form = _form_of(draft)
    return await pages.answer_now(request, _loader(request, form), visitor)


async def write(request: web.Request) -> web.Response:
    """POST /c/{address}/propose: `step` is `preview`, or `draft` to keep it for later."""
    form, visitor = await signed_in_form(request, "proposal")
    form = _with_token(request, form)
    if form.value("step") != "draft":
        load = _loader(request, form, is_checked=True)
        return await pages.answer_now(request, load, visitor)
    viewer = signed_in(visitor)
    head = await _head(request)
    draft = _draft(form, viewer, head)
    try:
        async with request.app[DATABASE].write() as connection:
            await save_draft(connection, draft, at=request.app[CLOCK].now())
    except Refused as refused:
        if refused.refusal is Refusal.UNKNOWN_OBJECT:
            raise web.HTTPNotFound from refused
        load = _loader(request, _wrong(form, refused), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path}?draft={draft.id}&notice=draft")


async def submit(request: web.Request) -> web.Response:
    """POST /c/{address}/proposals: submit it, and throw its draft away."""
    form, visitor = await signed_in_form(request, "proposal", counted=WRITINGS)
    viewer = signed_in(visitor)
    command = SubmitProposal(
        addressed=(await _group(request),),
        author=ActorId(viewer.id),
        author_name=viewer.handle,
        title=_line(form.value("title")),
        text=form.value("text"),
        language=chosen_language(form, "") or None,  # that of the consultation
        source=None,
        tags=read_tags(form.value("tags")),
        group=chosen_group(form),
    )
    try:
        place = await _submit(request, viewer, command)
    except elsewhere.NotPosted as failed:
        return elsewhere.explain(request, failed, form, visitor)
    except Refused as refused:
        if refused.refusal is Refusal.UNKNOWN_CONSULTATION:
            raise web.HTTPNotFound from refused
        wrong = _wrong(_with_token(request, form), refused)
        load = _loader(request, wrong, is_checked=True, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    if DRAFT.fullmatch(form.value("draft")):
        async with request.app[DATABASE].write() as connection:
            await delete_draft(connection, form.value("draft"), viewer.id)
    raise web.HTTPSeeOther(place)


async def _group(request: web.Request) -> str:
    """Return the id of the consultation of a request; of one at home here its name says it."""
    address = request.match_info["address"]
    is_mirrored = "@" in address
    return (await _head(request)).id if is_mirrored else request.app[INSTANCE].consultation(address)


async def _submit(request: web.Request, viewer: Viewer, command: SubmitProposal) -> str:
    """Submit a proposal, or have its author's own server post it; return where that leads."""
    place = f"/c/{request.match_info['address']}?notice="
    if elsewhere.is_elsewhere(request, viewer):
        head = await _head(request)
        command = replace(command, language=command.language or head.language)
        await elsewhere.post_proposal(request, viewer, command, home=head.home)
        return f"{place}proposal-posted#waiting"
    (fact,) = (await perform(request, command)).facts
    match fact:
        case ContributionSent() | SubmittedBefore(state=PostState.SENT):
            return f"{place}proposal-sent#waiting"
        case ProposalSubmitted() | SubmittedBefore(state=PostState.WAITING):
            return f"{place}proposal-waits#waiting"
        case _:
            return f"{fact.id}?notice=proposal"


def _loader(
    request: web.Request, form: Form, *, is_checked: bool = False, status: int = 200
) -> pages.Load:
    """Return what loads the writing page; what is checked is shown as it will look."""
    address = request.match_info["address"]

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        preview = texts.render_markdown(form.value("text")) if is_checked else None
        found: tuple[SimilarProposal, ...] = ()
        page: WritingPage | None = await load_writing(connection, address, view)
        if page is None:
            return None
        if is_checked:
            title, text = form.value("title"), form.value("text")
            found = await similar(connection, page.head.id, title, text)
        return Page(
            template="proposals/write.html",
            values={"page": page, "form": form, "preview": preview, "similar": found},
            status=status,
        )

    return load


async def _head(request: web.Request) -> ConsultationHead:
    address = request.match_info["address"]
    async with request.app[DATABASE].read() as connection:
        head = await load_head(connection, address, now=request.app[CLOCK].now())
    if head is None:
        raise web.HTTPNotFound
    return head


def _with_token(request: web.Request, form: Form) -> Form:
    """Return a form with a name for its draft, so that saving it twice makes one."""
    if DRAFT.fullmatch(form.value("draft")):
        return form
    return replace(form, values={**form.values, "draft": (request.app[INSTANCE].new_token(),)})


def _draft(form: Form, viewer: Viewer, head: ConsultationHead) -> Draft:
    return Draft(
        id=form.value("draft"),
        author=viewer.id,
        consultation=head.id,
        title=_line(form.value("title")),
        text=form.value("text"),
        language=chosen_language(form, head.language),
        tags=_line(form.value("tags")),
        group_name=_line(form.value("group_name")),
        group_size=_line(form.value("group_size")),
    )


def _form_of(draft: Draft) -> Form:
    return _filled(
        {
            "draft": draft.id,
            "title": draft.title,
            "text": draft.text,
            "language": draft.language,
            "tags": draft.tags,
            "group_name": draft.group_name,
            "group_size": draft.group_size,
        }
    )


def _filled(values: Mapping[str, str]) -> Form:
    return Form(name="proposal", values={name: (value,) for name, value in values.items()})


def _line(text: str) -> str:
    return texts.one_line(text, len(text))


def _wrong(form: Form, refused: Refused) -> Form:
    """Return a form that says beside the right field why it was refused."""
    field = FIELDS.get(refused.refusal, "form")
    if refused.refusal is not Refusal.TOO_LONG:
        return replace(form, errors={field: said(refused)})
    title = _line(form.value("title"))
    if len(title) > TITLE_LENGTH:
        return replace(form, errors={"title": said(refused, title, TITLE_LENGTH)})
    return replace(form, errors={"text": said(refused, form.value("text"), TEXT_LENGTH)})


async def show_drafts(request: web.Request) -> web.Response:
    """GET /account/drafts."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    async with request.app[DATABASE].read() as connection:
        drafts = await load_drafts(connection, visitor.viewer.id)
    page = Page(template="proposals/drafts.html", values={"drafts": drafts})
    return pages.answer_page(request, page, visitor)


async def drop_draft(request: web.Request) -> web.Response:
    """POST /account/drafts/{id}/delete; one that is gone already is no error."""
    _, visitor = await signed_in_form(request, "draft")
    async with request.app[DATABASE].write() as connection:
        await delete_draft(connection, request.match_info["id"], signed_in(visitor).id)
    raise web.HTTPSeeOther("/account/drafts?notice=draft-deleted")
