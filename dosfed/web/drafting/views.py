"""The pages on which a consultation is made, step by step."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts import consultation_drafts as acts
from dosfed.acts.draft_problems import Problem, problems, problems_of_names
from dosfed.acts.exports import UnknownConsultation, export_document
from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.deliberation.consultations import drafts
from dosfed.deliberation.consultations.drafts import Draft
from dosfed.deliberation.consultations.licences import LICENCES
from dosfed.deliberation.consultations.model import PhaseKind
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.exchange.json_fields import BadDocument
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.shown.consultations import load_own_heads
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.assets import folder
from dosfed.web.drafting import blueprints
from dosfed.web.drafting.blueprints import MOST_PROPOSALS, BadFile, Blueprint
from dosfed.web.drafting.complaints import (
    errors_of,
    errors_of_proposal,
    proposal_of,
    step_of,
    words_of,
)
from dosfed.web.drafting.fields import STEPS, Document, fill_proposal, take_proposal
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form
from dosfed.web.languages import LANGUAGES
from dosfed.web.rendering import Page
from dosfed.web.services import HOUSE
from dosfed.web.site import SITE

LIST = "/admin/consultations"
BY_WORD = {step.word: step for step in STEPS}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """What the pages of a draft may use; `theirs` is what somebody else saved meanwhile."""

    draft: Draft
    form: Form
    theirs: Form | None
    errors: dict[str, str]


async def show_list(request: web.Request) -> web.Response:
    """GET /admin/consultations: drafts, what is public, and how to begin another."""
    return await desk.show(request, desk.ORGANISERS, _list_loader())


async def begin(request: web.Request) -> web.Response:
    """POST /admin/consultations: `from` a blueprint, `another` or a `file`; `language`."""
    form, visitor, by = await desk.read(request, desk.ORGANISERS, "begin")
    try:
        document = await _first(request, form)
    except BadFile as bad:
        wrong = replace(form, errors={"file": str(bad)})
        load = _list_loader(wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    except (UnknownConsultation, ValueError) as error:
        raise web.HTTPBadRequest from error
    make = partial(acts.begin, document=document, by=by)
    draft = await desk.act(request, lambda connection, at: make(connection, at=at))
    raise web.HTTPSeeOther(f"{LIST}/{draft}/basics")


async def _first(request: web.Request, form: Form) -> Document:
    """Return what a draft begins with, or raise `BadFile`; `ValueError` for no choice of ours."""
    now, zone = request.app[CLOCK].now(), request.app[SITE].zone
    if form.files.get("file"):
        return await asyncio.to_thread(blueprints.from_file, form.files["file"], now=now)
    if form.value("another"):
        async with request.app[DATABASE].read() as connection:
            exported = await export_document(connection, form.value("another"))
        given = {"organiser": exported.get("organiser"), **exported["consultations"][0]}
        return blueprints.from_another(given, now=now)
    language, chosen = form.value("language"), Blueprint(form.value("from") or Blueprint.BLANK)
    if language not in LANGUAGES:
        raise ValueError(language)
    shipped = folder("templates") / "blueprints"
    return blueprints.from_blueprint(shipped, chosen, language, now=now, zone=zone)


def _list_loader(form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page:
        values = {
            "form": form,
            "drafts": await drafts.load_drafts(connection),
            "consultations": await load_own_heads(connection, now=view.now),
            "blueprints": tuple(Blueprint),
            "known": LANGUAGES,
        }
        return Page(template="drafts/list.html", values=values, status=status)

    return load


async def show_step(request: web.Request) -> web.Response:
    """GET /admin/consultations/{draft}/{step}."""
    return await desk.show(request, desk.ORGANISERS, _step_loader(request))


async def save_step(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/{step}: its fields, and `edition`; `next` goes on."""
    step = BY_WORD[request.match_info["step"]]
    form, visitor, by = await desk.read(request, desk.ORGANISERS, step.word)
    draft, zone = await _seen(request, form), request.app[SITE].zone
    document = step.take(form, dict(draft.document), zone)
    if step is STEPS[0]:
        async with request.app[DATABASE].read() as connection:
            document = await acts.with_names(connection, document)
    if not await _save(request, draft, document, by=by):
        load = _step_loader(request, form, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    stays = not form.value("next")
    words = [*BY_WORD, "proposals"]
    following = step.word if stays else [*words, "review"][words.index(step.word) + 1]
    raise desk.done(request, "draft-saved", f"{LIST}/{draft.id}/{following}")


async def _seen(request: web.Request, form: Form) -> Draft:
    """Return a draft as the author of a form saw it: of that edition, whatever it is now."""
    async with request.app[DATABASE].read() as connection:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
    edition = form.value("edition")
    if draft is None or not (edition.isascii() and edition.isdigit() and len(edition) < 10):  # noqa: PLR2004
        raise web.HTTPNotFound
    return replace(draft, edition=int(edition))


async def _save(request: web.Request, draft: Draft, document: Document, *, by: str) -> bool:
    """Save a draft; false where somebody else has done so since it was seen."""
    save = partial(acts.save, draft=draft, document=document, by=by)
    try:
        await desk.act(request, lambda connection, at: save(connection, at=at))
    except Refused as refused:
        if refused.refusal is not Refusal.OUTDATED:
            raise
        return False
    return True


def _step_loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    step = BY_WORD[request.match_info["step"]]
    zone = request.app[SITE].zone

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
        if draft is None:
            return None
        kept = Form(name=step.word, values=step.fill(dict(draft.document), zone))
        found = await _problems(connection, draft, view)
        is_new = draft.edition == 1
        page = DraftPage(
            draft=draft,
            form=kept if form is EMPTY else form,
            theirs=None if form is EMPTY else kept,
            # What nobody has filled in yet is not wrong.
            errors={} if is_new or form is not EMPTY else errors_of(found, step.word),
        )
        values = {
            "page": page,
            "step": step.word,
            "steps": [*BY_WORD, "proposals"],
            "known": LANGUAGES,
            "kinds": tuple(PhaseKind),
            "licences": tuple(LICENCES.values()),
            "organisers": await _organisers(connection),
            "now": view.now,
        }
        return Page(template=f"drafts/{step.word}.html", values=values, status=status)

    return load


async def _organisers(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Return the organisers of this instance: name and title."""
    rows = await connection.execute(
        select(Organisers.name, Organisers.title)
        .join(Consultations, Consultations.organiser == Organisers.id)
        .where(Consultations.home.is_(None))
        .distinct()
        .order_by(Organisers.title)
    )
    return [(row.name, row.title) for row in rows]


async def _problems(connection: AsyncConnection, draft: Draft, view: View) -> list[Problem]:
    """Return what keeps a draft from being published, a name that is taken among it."""
    names = await problems_of_names(connection, draft.document)
    taken = {problem.path for problem in names}
    found = problems(draft.document, now=view.now)
    found = [*names, *(problem for problem in found if problem.path not in taken)]
    order = [*BY_WORD, "proposals"]
    return sorted(found, key=lambda problem: order.index(step_of(problem)))


async def show_proposals(request: web.Request) -> web.Response:
    """GET /admin/consultations/{draft}/proposals: those of the organiser, with their votes."""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
        if draft is None:
            return None
        found = await _problems(connection, draft, view)
        wrong = {proposal_of(problem): words_of(problem) for problem in found}
        values = {
            "draft": draft,
            "proposals": _proposals(draft),
            "wrong": wrong,
            "step": "proposals",
            "steps": [*BY_WORD, "proposals"],
        }
        return Page(template="drafts/proposals.html", values=values)

    return await desk.show(request, desk.ORGANISERS, load)


def _proposals(draft: Draft) -> list[Document]:
    listed = draft.document.get("proposals")
    return [dict(one) for one in listed if isinstance(one, dict)] if listed else []


async def arrange(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/proposals: `do` up, down or remove, `number`, `edition`."""
    form, _visitor, by = await desk.read(request, desk.ORGANISERS, "proposals")
    draft = await _seen(request, form)
    listed, typed = _proposals(draft), form.value("number")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else -1  # noqa: PLR2004
    if not 0 <= number < len(listed):
        raise web.HTTPBadRequest
    one = listed.pop(number)
    match form.value("do"):
        case "up":
            listed.insert(max(number - 1, 0), one)
        case "down":
            listed.insert(number + 1, one)
        case "remove":
            pass
        case _:
            raise web.HTTPBadRequest
    saved = await _save(request, draft, {**draft.document, "proposals": listed}, by=by)
    notice = "draft-saved" if saved else "draft-outdated"
    raise desk.done(request, notice)


async def show_proposal(request: web.Request) -> web.Response:
    """GET /admin/consultations/{draft}/proposals/{number}: one, or after the last a new one."""
    return await desk.show(request, desk.ORGANISERS, _proposal_loader(request))


async def save_proposal(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/proposals/{number}: its fields, and `edition`."""
    form, visitor, by = await desk.read(request, desk.ORGANISERS, "proposal")
    draft, number = await _seen(request, form), int(request.match_info["number"])
    listed = _proposals(draft)
    if number > len(listed) or number >= MOST_PROPOSALS:
        raise web.HTTPNotFound
    before = listed[number] if number < len(listed) else {}
    changed = take_proposal(form, before, request.app[SITE].zone)
    listed[number : number + 1] = [changed]
    if not await _save(request, draft, {**draft.document, "proposals": listed}, by=by):
        load = _proposal_loader(request, form, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "draft-saved", f"{LIST}/{draft.id}/proposals")


def _proposal_loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    number, zone = int(request.match_info["number"]), request.app[SITE].zone

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
        listed = [] if draft is None else _proposals(draft)
        if draft is None or number > len(listed) or number >= MOST_PROPOSALS:
            return None
        proposal = listed[number] if number < len(listed) else {}
        kept = Form(name="proposal", values=fill_proposal(proposal, zone))
        found = await _problems(connection, draft, view)
        page = DraftPage(
            draft=draft,
            form=kept if form is EMPTY else form,
            theirs=None if form is EMPTY else kept,
            errors=errors_of_proposal(found, number) if proposal and form is EMPTY else {},
        )
        values = {"page": page, "number": number, "methods": tuple(METHODS)}
        return Page(template="drafts/proposal.html", values=values, status=status)

    return load


async def show_review(request: web.Request) -> web.Response:
    """GET /admin/consultations/{draft}/review: what is missing, preview, publishing, deleting."""
    return await desk.show(request, desk.ORGANISERS, _review_loader(request))


def _review_loader(
    request: web.Request, *, link: str = "", status: int = 200, is_outdated: bool = False
) -> pages.Load:
    async def load(connection: AsyncConnection, view: View) -> Page | None:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
        if draft is None:
            return None
        found = await _problems(connection, draft, view)
        values: dict[str, Any] = {
            "draft": draft,
            "link": link,
            "is_outdated": is_outdated,
            "problems": [(step_of(one), proposal_of(one), words_of(one)) for one in found],
            "opens": None if found else acts.opening(draft.document, now=view.now),
            "step": "review",
            "steps": [*BY_WORD, "proposals"],
            "now": view.now,
        }
        return Page(template="drafts/review.html", values=values, status=status)

    return load


async def publish(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/publish: `edition`; with `now`, it opens at once."""
    form, visitor, by = await desk.read(request, desk.ORGANISERS, "publish")
    draft, house = await _seen(request, form), request.app[HOUSE]
    if form.value("now"):
        opens = request.app[CLOCK].now()
        draft = replace(draft, document=acts.opened(draft.document, opens))
    make = partial(acts.publish, draft=draft, house=house, by=by)
    try:
        name = await desk.act(request, lambda connection, at: make(connection, at=at))
    except (Refused, BadDocument) as error:
        is_outdated = isinstance(error, Refused) and error.refusal is Refusal.OUTDATED
        load = _review_loader(request, status=UNPROCESSABLE, is_outdated=is_outdated)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "consultation-published", f"/c/{name}")


async def preview(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/preview: a new link, shown once; or with `revoke`, none."""
    form, visitor, by = await desk.read(request, desk.ORGANISERS, "preview")
    draft = request.match_info["draft"]
    try:
        if form.value("revoke"):
            revoke = partial(acts.revoke_preview, draft=draft, by=by)
            await desk.act(request, lambda connection, _at: revoke(connection))
            raise desk.done(request, "preview-revoked", f"{LIST}/{draft}/review")
        offer = partial(acts.offer_preview, draft=draft, by=by)
        token = await desk.act(request, lambda connection, _at: offer(connection))
    except Refused as refused:
        raise web.HTTPNotFound from refused
    link = f"{request.app[SETTINGS].base_url}/preview/{token}"
    return await pages.answer_now(request, _review_loader(request, link=link), visitor)


async def show_delete(request: web.Request) -> web.Response:
    """GET /admin/consultations/{draft}/delete: asks once more."""

    async def load(connection: AsyncConnection, _view: View) -> Page | None:
        draft = await drafts.load_draft(connection, request.match_info["draft"])
        return (
            None if draft is None else Page(template="drafts/delete.html", values={"draft": draft})
        )

    return await desk.show(request, desk.ORGANISERS, load)


async def delete(request: web.Request) -> web.Response:
    """POST /admin/consultations/{draft}/delete."""
    _form, _visitor, by = await desk.read(request, desk.ORGANISERS, "delete")
    discard = partial(acts.discard, draft=request.match_info["draft"], by=by)
    await desk.act(request, lambda connection, _at: discard(connection))
    raise desk.done(request, "consultation-draft-deleted", LIST)
