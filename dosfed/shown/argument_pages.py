"""What the pages of one argument are made of: the thread below it, its words, its history."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.tables import Arguments, ArgumentVersions
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import READABLE, WITH_A_PAGE, in_state
from dosfed.deliberation.proposals.differences import Difference, compare
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.shown.arguments import ShownArgument, anchor_of, load_own_weights
from dosfed.shown.consultations import ConsultationHead, load_whole_head
from dosfed.shown.debates import WholeThread, load_thread
from dosfed.shown.viewers import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentPage:
    """Everything the templates of one argument may use."""

    head: ConsultationHead
    proposal: str
    title: str | None  # of the proposal; none while that is hidden
    language: str
    in_reply_to: str
    thread: WholeThread
    weights: Mapping[str, int]  # what the viewer finds strong (1) or weak (-1)
    own_html: str  # what a hidden one says, for its author alone (rule 3.21)

    @property
    def first(self) -> ShownArgument:
        """The argument that the page is about."""
        return self.thread.first


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentVersion:
    """What an argument said from a moment on, beside what it had said before."""

    number: int
    stance: Stance
    since: datetime
    changes: tuple[Difference, ...]  # one piece, all the same, for the first version
    has_new_stance: bool


async def load_argument(
    connection: AsyncConnection, argument: str, view: View
) -> ArgumentPage | None:
    """Return an argument with what answers it, or none if it is not there any more."""
    row = (
        await connection.execute(
            select(
                Arguments.in_reply_to,
                Arguments.author,
                Arguments.html,
                Proposals.id,
                Proposals.title,
                Proposals.language,
                Proposals.consultation,
                in_state(Proposals, PostState.HIDDEN).label("is_hidden"),
            )
            .join(Proposals, Proposals.id == Arguments.about)
            .where(Arguments.id == argument, WITH_A_PAGE.of(Arguments))
        )
    ).first()
    if row is None:
        return None
    thread = await load_thread(connection, row.id, argument, page=view.page)
    head = await load_whole_head(connection, Consultations.id == row.consultation, now=view.now)
    if thread is None or head is None:
        return None
    viewer = view.viewer
    is_own = viewer is not None and viewer.id == row.author
    return ArgumentPage(
        head=head,
        proposal=row.id,
        title=None if row.is_hidden else row.title,
        language=row.language,
        in_reply_to=row.in_reply_to,
        thread=thread,
        weights={} if viewer is None else await load_own_weights(connection, viewer.id, row.id),
        own_html=row.html if is_own and thread.first.is_hidden else "",
    )


async def find_at(connection: AsyncConnection, proposal: str, anchor: str) -> str | None:
    """Return the argument at a place in the debate on a proposal.

    Of two that somebody made to share a place, the one that was here first.
    """
    rows = await connection.execute(
        select(Arguments.id)
        .where(Arguments.about == proposal)
        .order_by(Arguments.received_at, Arguments.id)
    )
    return next((uri for uri in rows.scalars() if anchor_of(uri) == anchor), None)


async def load_words(connection: AsyncConnection, argument: str) -> str:
    """Return what its author typed, or what it says in plain words if it was not written here."""
    rows = await connection.execute(
        select(Arguments.text, Arguments.html).where(Arguments.id == argument)
    )
    row = rows.one()
    return row.text if row.text is not None else texts.plain_text(row.html)


async def load_history(connection: AsyncConnection, argument: str) -> tuple[ArgumentVersion, ...]:
    """Return everything that an argument said, the latest first; nothing of a hidden one."""
    row = (
        await connection.execute(
            select(Arguments.stance, Arguments.html, Arguments.published_at).where(
                Arguments.id == argument,
                READABLE.of(Arguments),
            )
        )
    ).first()
    if row is None:
        return ()
    earlier = (
        await connection.execute(
            select(
                ArgumentVersions.number,
                ArgumentVersions.stance,
                ArgumentVersions.html,
                ArgumentVersions.replaced_at,
            )
            .where(ArgumentVersions.argument == argument)
            .order_by(ArgumentVersions.number)
        )
    ).all()
    found: list[ArgumentVersion] = []
    since, before, stance_before = row.published_at, None, None
    for number, stance, html, until in [
        *((one.number, one.stance, one.html, one.replaced_at) for one in earlier),
        (earlier[-1].number + 1 if earlier else 1, row.stance, row.html, None),
    ]:
        await asyncio.sleep(0)  # to compare two versions takes a while: others get their turn
        words = texts.plain_text(html)
        found.append(
            ArgumentVersion(
                number=number,
                stance=Stance(stance),
                since=since,
                changes=compare(words if before is None else before, words),
                has_new_stance=stance_before not in {None, stance},
            )
        )
        since, before, stance_before = until, words, stance
    return tuple(reversed(found))
