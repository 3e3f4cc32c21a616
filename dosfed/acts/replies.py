"""Replies of authors elsewhere to what a team wrote to them, by their own server.

Other messages to us are read by nobody (`whispers`). One that answers a letter about a proposal or
an argument, from the very person to whom it went, is what they would have typed into a form here:
an answer to the question of the letter, or a contest of the decision that it told.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.model import ActorId, ProposalId
from dosfed.deliberation.moderation.contests import load_decision
from dosfed.deliberation.moderation.letters import find_letter
from dosfed.deliberation.moderation.model import Contest
from dosfed.deliberation.proposals.model import AnswerCorrection

MENTIONS = re.compile(r"^(?:@\S+\s+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Somebody answers a letter by a Note; `html` is what it says."""

    letter: str
    by: str
    html: str
    source: str
    at: datetime


async def take(connection: AsyncConnection, reply: Reply, house: House) -> bool:
    """Take an answer in; return whether it is one. Raises `Refused` as the form would."""
    found = await find_letter(connection, reply.letter, reader=reply.by)
    if found is None:
        return False
    post, written_at = found
    words = MENTIONS.sub("", texts.plain_text(reply.html)).strip()
    by, decision = ActorId(reply.by), await load_decision(connection, post)
    command: AnswerCorrection | Contest
    # What answers a question and comes after the decision is no contest of it.
    if decision is not None and written_at >= decision.at:
        command = Contest(id=post, by=by, text=words)
    else:
        command = AnswerCorrection(id=ProposalId(post), by=by, text=words, source=reply.source)
    await perform_one(connection, Submission(command=command, at=reply.at), house)
    return True
