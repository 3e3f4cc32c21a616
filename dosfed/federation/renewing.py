"""What a consultation elsewhere says of itself anew, as a mirror takes it up."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.reading import Document, one_id
from dosfed.acts import telling
from dosfed.deliberation.consultations import mirrors
from dosfed.federation.incoming import Ignored
from dosfed.wire import terms
from dosfed.wire.consultations import read_consultation


async def see_consultation(
    connection: AsyncConnection, document: Document, *, by: str, at: datetime
) -> None:
    """Keep what the Group of a mirrored consultation says of itself, and tell who follows it here.

    `by` is the actor whose own request this is, or whose own server was asked: nobody else has
    anything to say of it (rule 10.9). It keeps the organiser that it had when this instance
    began to follow it: whoever speaks in its name was looked at then.
    """
    organiser = await mirrors.described_organiser_of(connection, by)
    if organiser is None:
        return  # not a consultation that is mirrored here
    if one_id(document, "id") != by or one_id(document, terms.ORGANISER) != organiser.id:
        raise Ignored("another organiser than it had")
    described = {
        "id": organiser.id,
        "preferredUsername": organiser.name,
        "name": organiser.title,
    }
    found = read_consultation(document, described)
    if await mirrors.keep_consultation(connection, found, at):
        await telling.consultation_changed(connection, found.id, by="", at=at)
