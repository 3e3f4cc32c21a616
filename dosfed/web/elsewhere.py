"""Words of people of other servers, posted there in their name: their own posts, not copies."""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace

from aiohttp import web

from dosfed.accounts.fediverse import find_token, take_token
from dosfed.accounts.secrets import Unreadable
from dosfed.activitypub.handles import read_handle
from dosfed.activitypub.mastodon import ApiFailed, Failure, Status
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.acts.visits import origin_of
from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.debate.arguments import Place, find_author_name, load_places
from dosfed.deliberation.debate.model import PostArgument
from dosfed.deliberation.model import ArgumentId, Group, Refusal
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.rules import check_there
from dosfed.instance import host_of
from dosfed.shown.viewers import Viewer
from dosfed.web import pages
from dosfed.web.accounts import oauth
from dosfed.web.confirmations import _
from dosfed.web.forms import UNPROCESSABLE, Form
from dosfed.web.pages import Visitor
from dosfed.web.rendering import Page
from dosfed.web.services import HOUSE, VAULT
from dosfed.web.typed import typed
from dosfed.wire import sources, terms
from dosfed.wire.plainly import begins_a_block, to_plain

# A post comes back by federation, mostly at once; the page that shows it is worth a moment.
ARRIVAL_SECONDS = 2.0
LOOK_SECONDS = 0.2
_BETWEEN = "\n\n"

NO_GRANT = _("Your server does not allow this site to post for you, or no longer does.")
NOT_THERE = _("Your server cannot find the post you are replying to. Please try again in a moment.")
TURNED_DOWN = _("Your server did not accept this text; it may be too long.")
TOO_OFTEN = _("Your server has received too many requests. Please wait a little and try again.")
NO_ANSWER = _("Your server is not answering at the moment. Nothing is lost: you can try again.")
MESSAGES = {
    Failure.NO_ENTRY: NO_GRANT,
    Failure.TURNED_DOWN: TURNED_DOWN,
    Failure.TOO_OFTEN: TOO_OFTEN,
}


def is_elsewhere(request: web.Request, viewer: Viewer) -> bool:
    """Whether somebody's words are posted on another server."""
    return not request.app[INSTANCE].is_ours(viewer.id)


class NotPosted(Exception):
    """Somebody's own server did not take their words; `explain` is the page that says so."""

    def __init__(self, message: str, about: str) -> None:
        super().__init__(message)
        self.message = message
        self.about = about  # what they can answer, or name, from their own server


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A post on its author's server; `is_here` once it has come back to us."""

    id: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What is posted, in Markdown and in plain text, and what it answers or names."""

    markdown: str
    plain: str
    language: str | None
    about: str
    is_answer: bool

    def key(self, viewer: Viewer) -> str:
        """Return what makes a form that is sent twice one post (`Idempotency-Key`)."""
        whole = "\n".join((viewer.id, self.about, self.markdown))
        return hashlib.sha256(whole.encode()).hexdigest()


async def post_argument(request: web.Request, viewer: Viewer, command: PostArgument) -> Posted:
    """Answer in somebody's name on their own server.

    The door is asked first, so that nothing is posted that would be turned down here. Raises
    `Refused` or `NotPosted`.
    """
    origin = origin_of(viewer.id)
    # What it will be called nobody knows yet; the rules ask no more than on which host it is.
    there = ArgumentId(f"{origin}/about-to-be-posted")
    await _rehearse(request, replace(command, id=there, url=there))
    async with request.app[DATABASE].read() as connection:
        places = await load_places(connection, [command.in_reply_to])
        place = check_there(places.get(command.in_reply_to), Refusal.UNKNOWN_PARENT)
        answered = await find_author_name(connection, command.in_reply_to)
    mentions = " ".join(_mentions(place, answered, viewer))
    hashtag = terms.hashtag_of(command.stance, command.language) or ""
    said, group = (command.text or "").strip(), command.group
    words = _Words(
        markdown=_paragraphs(
            _behind(mentions, said, said),
            "\n".join(f"- <{source}>" for source in command.sources),
            sources.plain(_credit(group)),
            hashtag,
        ),
        plain=_paragraphs(
            _behind(mentions, said, to_plain(said)),
            "\n".join(command.sources),
            _credit(group),
            hashtag,
        ),
        language=command.language,
        about=command.in_reply_to,
        is_answer=True,
    )
    uri = await _post(request, viewer, words)
    return Posted(id=uri, is_here=await _comes_back(request, uri, viewer))


async def post_proposal(
    request: web.Request, viewer: Viewer, command: SubmitProposal, *, home: str | None
) -> Posted:
    """Propose in somebody's name, by a public post of theirs that names the consultation.

    `home` is the host that judges, none if that is us: then the door is asked first.
    """
    group = command.addressed[0]
    if home is None:
        await _rehearse(request, replace(command, source=f"{viewer.id}/about-to-be-posted"))
    title = " ".join(command.title.split())
    hashtags = " ".join(f"#{''.join(tag.split())}" for tag in command.tags)
    said, credit, handle = command.text.strip(), _credit(command.group), _handle_of(group)
    words = _Words(
        markdown=_paragraphs(
            f"{handle} {sources.plain(title)}", said, sources.plain(credit), hashtags
        ),
        plain=_paragraphs(f"{handle} {title}", to_plain(said), credit, hashtags),
        language=command.language,
        about=group,
        is_answer=False,
    )
    return Posted(id=await _post(request, viewer, words), is_here=False)


def explain(request: web.Request, failed: NotPosted, form: Form, visitor: Visitor) -> web.Response:
    """Say why nothing was posted, with all that was typed, and what can be done."""
    values = {
        "form": form,
        # Sent again before their server agrees, it would only be refused again.
        "typed": replace(typed(request, form), action=None),
        "message": failed.message,
        "about": failed.about,
        "needs_grant": failed.message == NO_GRANT,
        "return_to": request.path.rpartition("/")[0],
        "fields": [
            (name, value)
            for name, values in form.values.items()
            for value in values
            if name not in {"csrf", "text"}
        ],
    }
    page = Page(template="fediverse/not_posted.html", values=values, status=UNPROCESSABLE)
    return pages.answer_page(request, page, visitor)


class _Rehearsed(Exception):
    """The door said yes; the transaction must leave nothing behind."""


async def _rehearse(request: web.Request, command: Command) -> None:
    """Ask the door what it would say, or raise `Refused`; nothing is written either way."""
    # A transaction that is always undone: the door itself answers, whatever its rules come to be.
    with suppress(_Rehearsed):
        async with request.app[DATABASE].write() as connection:
            at = await request.app[CLOCK].stamp(connection)
            await perform_one(connection, Submission(command=command, at=at), request.app[HOUSE])
            raise _Rehearsed


async def _post(request: web.Request, viewer: Viewer, words: _Words) -> str:
    """Post on somebody's own server; return the post's id, or raise `NotPosted`."""
    token = await _token(request, viewer, words.about)
    api = oauth.api_of(request, viewer.id)
    try:
        parent = await api.find_status(token, words.about) if words.is_answer else None
        if words.is_answer and parent is None:
            raise NotPosted(NOT_THERE, words.about)
        # Most words are the same either way, and nothing need be asked.
        is_markdown = words.plain != words.markdown and await api.takes_markdown(token)
        status = Status(
            text=words.markdown if is_markdown else words.plain,
            is_markdown=is_markdown,
            language=words.language,
            in_reply_to=parent,
            key=words.key(viewer),
        )
        return await api.post_status(token, status)
    except ApiFailed as failed:
        if failed.failure is Failure.NO_ENTRY:
            await _drop_token(request, viewer)
        raise NotPosted(MESSAGES.get(failed.failure, NO_ANSWER), words.about) from failed


async def _token(request: web.Request, viewer: Viewer, about: str) -> str:
    """Return what lets us post for somebody."""
    async with request.app[DATABASE].read() as connection:
        kept = await find_token(connection, viewer.id)
    if kept is None:
        raise NotPosted(NO_GRANT, about)
    try:
        return request.app[VAULT].open(kept.token)
    except Unreadable as error:
        await _drop_token(request, viewer)
        raise NotPosted(NO_GRANT, about) from error


async def _drop_token(request: web.Request, viewer: Viewer) -> None:
    async with request.app[DATABASE].write() as connection:
        await take_token(connection, viewer.id)


async def _comes_back(request: web.Request, uri: str, viewer: Viewer) -> bool:
    """Whether an argument arrives within a moment."""
    # What their server says of the post is the server's word, until it comes by federation.
    if host_of(uri) != host_of(viewer.id):
        return False
    with suppress(TimeoutError):
        async with asyncio.timeout(ARRIVAL_SECONDS):
            while True:
                async with request.app[DATABASE].read() as connection:
                    if await load_places(connection, [uri]):
                        return True
                await asyncio.sleep(LOOK_SECONDS)
    return False


def _mentions(place: Place, answered: str | None, viewer: Viewer) -> tuple[str, ...]:
    """Return whom an answer names: who asks, so that it comes to the home, and who is answered."""
    names = [_handle_of(place.organiser)]
    if answered and answered != viewer.handle and read_handle(answered):
        names.append(answered)
    return tuple(dict.fromkeys(names))


def _handle_of(actor: str) -> str:
    """Return how an organiser or a consultation of one of our instances is called."""
    return f"@{actor.rpartition('/')[2]}@{host_of(actor)}"


def _behind(mentions: str, markdown: str, words: str) -> str:
    """Return words behind the mentions they begin with, on the same line if they are a line."""
    return (_BETWEEN if begins_a_block(markdown) else " ").join((mentions, words))


def _credit(group: Group | None) -> str:
    return "" if group is None else f"{group.name} ({group.size})"


def _paragraphs(*parts: str) -> str:
    return _BETWEEN.join(part for part in parts if part)
