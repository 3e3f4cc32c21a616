"""Answers that came before what they answer is public: held until it is.

A post elsewhere that a proposal is made of begins a thread there, and people answer it, and each
other, while it waits for a facilitator here. What hangs on it, at whatever depth, is held under
the id of that first post; when the proposal is published all of it is judged anew, in the order
in which it came (rule 3.28).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.inbox import HELD, Verdict
from dosfed.activitypub.reading import id_of
from dosfed.activitypub.tables import Inbox
from dosfed.acts.submission import Outcome
from dosfed.deliberation.debate.arguments import load_places, load_waiting
from dosfed.deliberation.debate.model import PostArgument
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.federation.cases import Asks, Case

Threads = dict[str, str]  # posts, each with the one that begins its thread


async def threads_of(connection: AsyncConnection, posts: Collection[str]) -> Threads:
    """Return those of these posts whose threads began with what a proposal that waits is made of.

    They are that very post, or held themselves.
    """
    begun = {source: source for source in await load_waiting(connection, posts)}
    rows = await connection.execute(
        select(Inbox.object, Inbox.about)
        .join(Proposals, Proposals.source == Inbox.about)
        .where(
            in_state(Proposals, PostState.WAITING),
            Inbox.reason == HELD,
            Inbox.object.in_(posts),
        )
    )
    return {row.object: row.about for row in rows} | begun


async def known_places(connection: AsyncConnection, cases: Sequence[Case]) -> set[str]:
    """Return what can be answered of the things that the arguments of a batch answer.

    Now, or once a proposal that waits is public.
    """
    posts = [case.command for case in cases]
    parents = {post.in_reply_to for post in posts if isinstance(post, PostArgument)}
    if not parents:
        return set()
    places = set(await load_places(connection, parents))
    return places | set(await threads_of(connection, parents - places))


async def hold_back(
    connection: AsyncConnection, case: Case, verdict: Verdict, outcome: Outcome, held: Threads
) -> Verdict:
    """Return a verdict that holds an answer whose thread waits; `held` is what its batch holds."""
    command = case.command
    if outcome is not Refusal.UNKNOWN_PARENT or not isinstance(command, PostArgument):
        return verdict
    parent = command.in_reply_to
    begun = held.get(parent) or _climbed_to(case, parent)
    begun = begun or (await threads_of(connection, [parent])).get(parent)
    if begun is None:
        return verdict
    held[command.id] = begun
    # Its id stays known, for whoever answers it, changes it or takes it back meanwhile.
    return replace(verdict, reason=HELD, about=begun, is_held=True, speaks_of=command.id)


def _climbed_to(case: Case, parent: str) -> str | None:
    """Return the beginning of a thread whose posts were fetched as far as that (`reader`)."""
    fetched = case.read.incoming.fetched if isinstance(case.read, Asks) else {}
    return id_of(fetched.get(parent))
