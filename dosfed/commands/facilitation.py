"""`dosfed proposals`, `accept` and `refuse`: what waits for a facilitator.

A published proposal may wait here too, with the new text that its author would give it.
"""

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
from dosfed.deliberation.proposals.model import DecideNewText, DecideProposal
from dosfed.deliberation.proposals.new_texts import NewText, find_waiting, load_new_text
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.settings import Settings
from dosfed.storage.clock import Clock


class Undecided(ValueError):
    """The rules turned a decision down; the message says which one and why."""


async def waiting(settings: Settings, clock: Clock) -> Lines:
    """Return a line for each proposal that waits, and for each new text."""
    async with open_instance(settings, clock) as opened, opened.database.read() as connection:
        records = await load_proposals(connection, in_state(Proposals, PostState.WAITING))
        lines = [_line(record) for record in records]
        for proposal in await find_waiting(connection):
            record = await load_proposal(connection, proposal)
            new = await load_new_text(connection, proposal)
            if record is not None and new is not None:
                lines.append({**_line(record), "kind": "new-text", **_words(new)})
    return lines


async def decide(
    settings: Settings, clock: Clock, *, proposal: str, is_accepted: bool, reason: str
) -> Lines:
    """Publish what waits, or refuse it; `proposal` is its id or the end of it."""
    async with open_instance(settings, clock) as opened:
        instance = opened.house.instance
        uri = proposal if "/" in proposal else f"{instance.base_url}/p/{proposal}"
        async with opened.database.write() as connection:
            at = await clock.stamp(connection)
            new = await load_new_text(connection, uri)
            decide_it = DecideNewText if new is not None and new.waits else DecideProposal
            command = decide_it(id=ProposalId(uri), by=None, is_accepted=is_accepted, reason=reason)
            submission = Submission(command=command, at=at)
            try:
                await perform_one(connection, submission, opened.house)
            except Refused as refused:
                raise Undecided(f"{uri}: {refused.refusal.value}") from refused
            record = await load_proposal(connection, uri)
    return [] if record is None else [_line(record)]


def _words(new: NewText) -> Mapping[str, Any]:
    return {"title": new.title, "text": new.text or new.title, "state": new.state.value}


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
