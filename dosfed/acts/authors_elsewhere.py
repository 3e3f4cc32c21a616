"""Telling authors on other servers what became of an edit of theirs.

Their own server shows the new words at once, so that they would believe that everybody reads
them. The organiser writes to them alone, as to voters whose ballot could not count
(`turned_away`), and to nobody who reads a notice here instead.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, remote
from dosfed.activitypub.outbox import Mail
from dosfed.acts import turned_away
from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate.model import EditArgument
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.moderation.letters import remember_letter
from dosfed.deliberation.proposals.kept import ProposalRecord, judged_from
from dosfed.wire.author_letters import AboutText, AuthorTold, write_author_letter
from dosfed.wire.letters import id_of

ANSWERED = frozenset({AboutText.CORRECTION})  # what an author may answer by replying
_REFUSALS = {Refusal.FROZEN: AboutText.FROZEN, Refusal.WRONG_PHASE: AboutText.OVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an author is told, and since when it holds; `reason` is that of a refusal."""

    word: AboutText
    at: datetime
    reason: str = ""


async def tell(
    connection: AsyncConnection, record: ProposalRecord, about: About, house: House
) -> None:
    """Write to a proposal's author, if they are on another server and known here."""
    if record.author is None or house.instance.is_ours(record.author):
        return
    author = (await remote.known(connection, [record.author])).get(record.author)
    if author is None:
        return
    told = AuthorTold(author=author, about=about.word, at=about.at, reason=about.reason)
    letter = write_author_letter(house.instance, record, told)
    mail = Mail(activity=letter, inboxes=[author.inbox], is_public=False, is_ephemeral=True)
    await outbox.put_all(connection, [mail], at=about.at)
    if about.word in ANSWERED:
        await remember_letter(
            connection, id_of(letter), post=record.id, reader=author.id, at=about.at
        )


async def tell_of_refusal(
    connection: AsyncConnection, submission: Submission, refusal: Refusal, house: House
) -> None:
    """Tell the author of a proposal that the edit of its Note changed nothing (rule 3.31)."""
    command, word = submission.command, _REFUSALS.get(refusal)
    if not isinstance(command, EditArgument) or submission.activity is None or word is None:
        return
    for record in await judged_from(connection, command.id):
        if record.author != command.author:
            continue
        poll = record.poll
        if poll is None or await turned_away.is_first_edit(connection, poll.id, record.author):
            await tell(connection, record, About(word=word, at=submission.at), house)
