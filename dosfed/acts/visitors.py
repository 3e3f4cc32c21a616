"""What a form here does for people of other servers, and what their own server must do."""

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.acts.submission import House, Submission
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.model import EditArgument, Weigh
from dosfed.deliberation.proposals.model import SubmitProposal
from dosfed.deliberation.rules import check_counted_here, check_own_words


async def check(connection: AsyncConnection, submission: Submission, house: House) -> None:
    """Raise `Refused` where a form asks for what is not for this instance to do.

    People of other servers act here as who they are there (rule 7.3), but their words lie on
    their own server (rule 7.4), and a mirror counts nothing for them (rule 7.5).
    """
    if submission.activity is not None:
        return
    instance, command = house.instance, submission.command
    match command:
        case EditArgument():
            check_own_words(is_written_here=True, is_citizen=instance.is_ours(command.author))
        case SubmitProposal(source=None):
            check_own_words(is_written_here=True, is_citizen=instance.is_ours(command.author))
        case Weigh() if not instance.is_ours(command.actor):
            place = (await arguments.load_places(connection, [command.object])).get(command.object)
            is_home = place is None or place.home is None
            check_counted_here(is_home=is_home, is_citizen=False)
        case _:
            pass
