"""What the home of a mirrored consultation says: its proposals, meetings and notes."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.handles import holds_address, read_handle
from dosfed.activitypub.parsing import read_post
from dosfed.activitypub.reading import Document, Malformed, one_id, optional_text
from dosfed.activitypub.vocabulary import Post
from dosfed.acts import telling
from dosfed.acts.facts import ProposalRevised
from dosfed.acts.submission import House
from dosfed.deliberation.consultations import mirrors
from dosfed.deliberation.consultations.mirrors import MirroredPoll, MirroredProposal
from dosfed.deliberation.meetings import kept as meetings
from dosfed.deliberation.notes import kept as notes
from dosfed.deliberation.notes.kept import Note
from dosfed.deliberation.notes.model import NoteKind
from dosfed.deliberation.proposals.kept import find_version
from dosfed.deliberation.votes.methods.known import method_of
from dosfed.deliberation.votes.methods.model import Method, Options
from dosfed.federation.incoming import Ignored
from dosfed.federation.posts import check_origin
from dosfed.instance import host_of
from dosfed.wire import terms
from dosfed.wire.meetings import read_cancelled, read_meeting
from dosfed.wire.notes import read_note
from dosfed.wire.proposals import read_proposal

# Of these, nobody but the home has anything to say.
KINDS = frozenset({"proposal", "meeting", "note"})


def is_of_home(post: Post) -> bool:
    """Whether a post is one that homes alone publish."""
    return optional_text(post.document, terms.KIND) in KINDS


async def see_post(
    connection: AsyncConnection, document: Document, house: House, *, by: str, at: datetime
) -> None:
    """Keep what the organiser of a mirrored consultation says, and tell whom it concerns here."""
    post = read_post(document)
    check_origin(post, by)
    if not post.is_public:
        raise Ignored("not for everybody")
    consultation = one_id(document, terms.CONSULTATION)
    if await mirrors.organiser_of(connection, consultation) != by:
        raise Ignored("not of a consultation mirrored here")
    match optional_text(document, terms.KIND):
        case "meeting":
            await _see_meeting(connection, post, consultation, by=by, at=at)
        case "note":
            await _see_note(connection, post, consultation, by=by, at=at)
        case _:
            await _see_proposal(connection, document, house, at=at)


async def _see_proposal(
    connection: AsyncConnection, document: Document, house: House, *, at: datetime
) -> None:
    if optional_text(document, terms.REASON) is not None:
        # Its consultation says so itself; here the words are kept until it is shown again.
        raise Ignored("hidden at its home")
    proposal = await _credited(connection, read_proposal(document), house)
    way = await mirrors.way_of(connection, proposal.id)
    if way is not None and not _keeps(way, proposal.poll):
        raise Malformed("a poll keeps the options and the terms that people voted on")
    version = await find_version(connection, proposal.id)
    await mirrors.keep_proposal(connection, proposal, at)
    if version is None:
        named = telling.named(proposal)
        await telling.proposal_published(connection, named, has_waited=True, at=at)
    elif proposal.version > version:
        await telling.proposal_revised(connection, ProposalRevised(id=proposal.id, at=at, by=""))


def _keeps(way: tuple[Method, Options], poll: MirroredPoll | None) -> bool:
    """Whether what was chosen in a poll means the same by what its home says of it now.

    Where one does not know how one voted, or votes from now on, nothing is chosen here (rule 1.12).
    """
    if poll is None:
        return False
    # Ballots are kept by the positions of options. A home that swapped two names would turn round
    # what people here have voted, and what they see that they voted.
    method, options = way
    later = method_of(poll.method, poll.terms, poll.secrecy)
    if not method.is_known or not later.is_known:
        return True
    same = later == method or (later.fits_a_question and method.fits_a_question)
    return same and poll.options == options


async def _credited(
    connection: AsyncConnection, proposal: MirroredProposal, house: House
) -> MirroredProposal:
    """Return a proposal with its author's name only as far as that is believed (rule 3.24).

    A citizen of ours is the author of the words that they sent from here, and of no others.
    Anybody else goes by their own server's name, not by another's.
    """
    author, name = proposal.author, proposal.author_name or ""
    if author is not None and house.instance.is_ours(author):
        name = await mirrors.name_in_note(connection, proposal) or ""
    elif (handle := read_handle(name)) is not None:
        host = host_of(author or "") or host_of(proposal.id)
        name = name if handle.host.partition(":")[0] == host.partition(":")[0] else ""
    elif holds_address(name):  # and something beside it: whose, nobody can ask
        name = ""
    return replace(proposal, author=author if name else None, author_name=name or None)


async def _see_meeting(
    connection: AsyncConnection, post: Post, consultation: str, *, by: str, at: datetime
) -> None:
    """Keep a meeting as its home tells of it, unless something newer arrived before."""
    command = read_meeting(post, consultation, by=by)
    # By the home's clock: compared with nothing but what the same home said before.
    changed_at = post.updated or post.published or at
    earlier = await meetings.load_meeting(connection, post.id)
    if earlier is not None and changed_at <= earlier.changed_at:
        return
    await meetings.keep_meeting(connection, command, at=changed_at)
    cancelled_at = read_cancelled(post)
    if cancelled_at is not None:
        await meetings.cancel_meeting(connection, post.id, at=changed_at)
    await telling.meeting_planned(connection, consultation, by=by, at=at)


async def _see_note(
    connection: AsyncConnection, post: Post, consultation: str, *, by: str, at: datetime
) -> None:
    """Keep what a home says in a note, unless something newer arrived before, or it is gone."""
    seen = read_note(post)
    changed_at = seen.changed_at or at
    earlier = await notes.load_note(connection, seen.id, holds=True)
    if earlier is None:
        note = Note(
            id=seen.id,
            consultation=consultation,
            kind=NoteKind.NOTE,
            title=seen.title,
            text=seen.text,
            language=seen.language,
            about=None,
            number=1,
            published_at=seen.published_at or at,
            edited_at=post.updated,
            withdrawn_at=None,
            reason=None,
        )
        await notes.insert_note(connection, note)
    elif earlier.consultation != consultation or earlier.withdrawn_at is not None:
        raise Ignored("withdrawn, or of another consultation")
    elif changed_at <= earlier.changed_at or earlier.says(seen.title, seen.text):
        return
    else:
        title, text = seen.title, seen.text
        await notes.change_note(connection, earlier, title=title, text=text, at=changed_at)
    if seen.title:  # what the clock of a home says, people here are told by ours
        await telling.note_published(connection, consultation, by=by, at=at)
