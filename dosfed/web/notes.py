"""Official notes: their pages, and the forms in which organisers write and withdraw them."""

import re
from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.negotiation import wants_json
from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import ActorId, ConsultationId, Refusal, Refused
from dosfed.deliberation.notes import kept as notes
from dosfed.deliberation.notes.kept import Note, NoteVersion
from dosfed.deliberation.notes.model import (
    BY_CLOCK,
    ChooseVoice,
    NoteKind,
    PublishNote,
    WithdrawNote,
)
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import NOTE_LENGTH, may_organise
from dosfed.instance import random_token
from dosfed.shown.consultations import ConsultationHead, load_head, load_whole_head
from dosfed.shown.viewers import View
from dosfed.storage.paging import count_pages
from dosfed.web import meetings, objects, pages
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.refusals import said
from dosfed.web.rendering import Page

TOKEN = re.compile(r"[a-z0-9]{16}")
PAGE_LENGTH = 20
MAX_DIGITS = 6  # of a version's number
GONE = web.HTTPGone.status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesPage:
    """Everything templates/notes/list.html may use.

    `token` names the note that the form is about, so that sending it twice makes one; `stands` is
    that note as it is now, `withdrawn` the one that somebody asks to take back.
    """

    head: ConsultationHead
    notes: tuple[Note, ...]
    may_write: bool
    form: Form
    token: str
    stands: Note | None
    withdrawn: Note | None
    silent: frozenset[NoteKind]
    kinds: tuple[NoteKind, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    """Everything templates/notes/show.html may use."""

    head: ConsultationHead
    note: Note
    versions: tuple[NoteVersion, ...]


async def show_all(request: web.Request) -> web.Response:
    """GET /c/{address}/notes: what its organiser said; `change` or `withdraw` opens a form."""
    asked = {name: request.query.get(name, "") for name in ("change", "withdraw")}
    if not any(TOKEN.fullmatch(token) for token in asked.values()):
        return await pages.answer(request, _loader(request))
    load = _loader(request, token=asked["change"] or asked["withdraw"])
    return await pages.answer_now(request, load, await pages.visitor_of(request))


async def show(request: web.Request) -> web.Response:
    """GET /n/{id}: a note; a meeting is shown on its consultation's page."""
    if wants_json(request):
        return await objects.show(request)
    uri = request.app[INSTANCE].note(request.match_info["id"])
    async with request.app[DATABASE].read() as connection:
        found = await notes.load_note(connection, uri)
    if found is None:
        return await meetings.lead(request)

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        note = await notes.load_note(connection, uri)
        if note is None:
            return None
        where = Consultations.id == note.consultation
        head = await load_whole_head(connection, where, now=view.now)
        if head is None:
            return None
        versions = await notes.load_versions(connection, uri)
        page = NotePage(head=head, note=note, versions=versions)
        status = 200 if note.withdrawn_at is None else GONE
        return Page(template="notes/show.html", values={"page": page}, status=status, object=uri)

    return await pages.answer(request, load)


async def publish(request: web.Request) -> web.Response:
    """POST /c/{address}/notes: `id`, `title`, `text`, and `seen`, the version that was changed."""
    form, visitor = await signed_in_form(request, "note")
    token, seen = _token(form), form.value("seen")
    instance = request.app[INSTANCE]
    command = PublishNote(
        id=instance.note(token),
        consultation=ConsultationId(instance.consultation(request.match_info["address"])),
        by=ActorId(signed_in(visitor).id),
        title=form.value("title"),
        text=form.value("text"),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= MAX_DIGITS else 0,
    )
    try:
        await perform(request, command)
    except Refused as refused:
        _stop(refused)
        load = _loader(request, _wrong_field(form, refused), token=token, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path}?notice=note#{token}")


async def withdraw(request: web.Request) -> web.Response:
    """POST /c/{address}/notes/withdraw: `id`, `reason`."""
    form, visitor = await signed_in_form(request, "withdraw-note")
    token = _token(form)
    command = WithdrawNote(
        id=request.app[INSTANCE].note(token),
        by=ActorId(signed_in(visitor).id),
        reason=form.value("reason"),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        _stop(refused)
        typed = form.value("reason").strip()
        wrong = replace(form, errors={"reason": said(refused, typed, NOTE_LENGTH)})
        load = _loader(request, wrong, token=token, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise web.HTTPSeeOther(f"{request.path.removesuffix('/withdraw')}?notice=note-withdrawn")


async def choose_voice(request: web.Request) -> web.Response:
    """POST /c/{address}/notes/voice: `kind`, those that the clock writes."""
    form, visitor = await signed_in_form(request, "voice")
    chosen = set(form.all("kind"))
    consultation = request.app[INSTANCE].consultation(request.match_info["address"])
    command = ChooseVoice(
        consultation=ConsultationId(consultation),
        by=ActorId(signed_in(visitor).id),
        silent=frozenset(kind for kind in BY_CLOCK if kind.value not in chosen),
    )
    try:
        await perform(request, command)
    except Refused as refused:
        _stop(refused)
        raise web.HTTPNotFound from refused
    raise web.HTTPSeeOther(f"{request.path.removesuffix('/voice')}?notice=voice#voice")


def _token(form: Form) -> str:
    token = form.value("id")
    if not TOKEN.fullmatch(token):
        raise web.HTTPBadRequest
    return token


def _loader(
    request: web.Request, form: Form = EMPTY, *, token: str = "", status: int = 200
) -> pages.Load:
    address = request.match_info["address"]
    note = request.app[INSTANCE].note(token) if token else ""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, address, now=view.now)
        if head is None:
            return None
        total = await notes.count_notes(connection, head.id)
        offset = (view.page - 1) * PAGE_LENGTH
        shown = await notes.load_notes(connection, head.id, offset=offset, limit=PAGE_LENGTH)
        may_write = await _may_write(connection, head, view)
        stands = await notes.load_note(connection, note) if note and may_write else None
        if stands is not None and (stands.consultation != head.id or stands.withdrawn_at):
            stands = None
        is_leaving = form.name == "withdraw-note" or "withdraw" in request.query
        silences = await notes.load_silences(connection, head.id) if may_write else frozenset()
        page = NotesPage(
            head=head,
            notes=shown,
            may_write=may_write,
            form=_filled(stands) if stands is not None and form is EMPTY else form,
            token=token if form.name == "note" or stands else random_token(),
            stands=None if is_leaving else stands,
            withdrawn=stands if is_leaving else None,
            silent=silences,
            kinds=BY_CLOCK,
            page=view.page,
            pages=count_pages(total, PAGE_LENGTH),
        )
        return Page(template="notes/list.html", values={"page": page}, status=status)

    return load


async def _may_write(connection: AsyncConnection, head: ConsultationHead, view: View) -> bool:
    if view.viewer is None or head.home is not None:
        return False
    return may_organise(await role_in(connection, view.viewer.id, head.id))


def _filled(note: Note) -> Form:
    """Return the form that says what a note says now."""
    return Form(name="note", values={"title": (note.title,), "text": (note.text,)})


def _stop(refused: Refused) -> None:
    """End where the form itself is not the visitor's to send."""
    if refused.refusal is Refusal.NOT_ALLOWED:
        raise web.HTTPForbidden from refused
    if refused.refusal in {Refusal.UNKNOWN_CONSULTATION, Refusal.UNKNOWN_OBJECT}:
        raise web.HTTPNotFound from refused
    if refused.refusal is Refusal.ALREADY_DECIDED:
        raise web.HTTPGone from refused


def _wrong_field(form: Form, refused: Refused) -> Form:
    """Return a form that says beside the right field why it was refused."""
    title, text = form.value("title").strip(), form.value("text")
    is_title = len(title) > TITLE_LENGTH or (refused.refusal is Refusal.EMPTY and not title)
    if refused.refusal is Refusal.OUTDATED:
        is_title = False
    field, typed = ("title", title) if is_title else ("text", text)
    most = TITLE_LENGTH if is_title else TEXT_LENGTH
    return replace(form, errors={field: said(refused, typed, most)})
