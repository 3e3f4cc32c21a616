"""`dosfed proposals`, `accept` and `refuse`: what waits for a facilitator."""

from collections.abc import Mapping
from typing import Any

from dosfed.acts.opening import open_instance
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.commands import Lines
from dosfed.deliberation.model import ProposalId, Refused
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.kept import ProposalRecord, load_proposal, load_proposals
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.settings import Settings
from dosfed.storage.clock import Clock


class Undecided(ValueError):
    """The rules turned a decision down; the message says which one and why."""


async def waiting(settings: Settings, clock: Clock) -> Lines:
    """Return a line for each proposal that waits."""
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        records = await load_proposals(connection, in_state(Proposals, PostState.WAITING))
    return [_line(record) for record in records]


async def decide(
    settings: Settings, clock: Clock, *, proposal: str, is_accepted: bool, reason: str
) -> Lines:
    """Publish a waiting proposal, or refuse it; `proposal` is its id or the end of it."""
    async with open_instance(settings, clock) as opened:
        instance = opened.house.instance
        uri = proposal if "/" in proposal else f"{instance.base_url}/p/{proposal}"
        command = DecideProposal(
            id=ProposalId(uri), by=None, is_accepted=is_accepted, reason=reason
        )
        async with opened.database.write() as connection:
            at = await clock.stamp(connection)
            submission = Submission(command=command, at=at)
            try:
                await perform_one(connection, submission, opened.house)
            except Refused as refused:
                raise Undecided(f"{uri}: {refused.refusal.value}") from refused
            record = await load_proposal(connection, uri)
    return [] if record is None else [_line(record)]


def _line(record: ProposalRecord) -> Mapping[str, Any]:
    return {
        "kind": "proposal",
        "id": record.id,
        "consultation": record.consultation,
        "by": record.author,
        "name": record.author_name,
        "title": record.title,
        "text": record.text or record.title,
        "state": record.state.value,
    }
