"""A consultation of another instance, with one proposal, as a mirror keeps it."""

from datetime import timedelta

from sqlalchemy import insert

from dosfed.activitypub.tables import RemoteActors
from dosfed.deliberation.consultations.mirrors import (
    MirroredConsultation,
    MirroredPoll,
    MirroredProposal,
    keep_consultation,
    keep_proposal,
)
from tests.conftest import START
from tests.web.site import Site

HOME = "ar.example"
CONSULTATION = f"https://{HOME}/c/costanera"
ORGANISER = f"https://{HOME}/o/muni"
PROPOSAL = f"https://{HOME}/p/abcdefgh12345678"
SHOWN = f"/c/costanera@{HOME}/p/abcdefgh12345678"
YEAR = timedelta(days=365)

THE_ORGANISER = {
    "id": ORGANISER,
    "host": HOME,
    "type": "Service",
    "handle": "muni",
    "name": "Municipalidad",
    "inbox": f"{ORGANISER}/inbox",
    "fetched_at": START,
}
THE_CONSULTATION = MirroredConsultation(
    id=CONSULTATION,
    address=f"costanera@{HOME}",
    home=HOME,
    organiser=ORGANISER,
    organiser_name="muni",
    organiser_title="Municipalidad",
    title="¿Cerrar la costanera?",
    summary="",
    language="es",
    opens=START - YEAR,
    closes=START + YEAR,
    phases=(),
    eligible="anyone",
    instances=[],
)
THE_PROPOSAL = MirroredProposal(
    id=PROPOSAL,
    consultation=CONSULTATION,
    title="Cerrarla los domingos",
    text="",
    html="<p>Todo el día.</p>",
    language="es",
    author=None,
    author_name=None,
    published=START,
    edited=None,
    source=None,
    version=1,
    clauses=None,
    group=None,
    tags=(),
    poll=MirroredPoll(
        method="agree",
        terms={},
        secrecy="confidential",
        options=("De acuerdo", "Abstención", "En desacuerdo"),
        opens=START - YEAR,
        closes=START + YEAR,
        hides_counts=False,
        counts_from=5,
        is_closed=False,
        counted_at=START,
        counts=(7, 1, 2),
        voters=10,
        origins=None,
    ),
)


async def mirror(site: Site, *, has_proposal: bool = True) -> None:
    """Let a site mirror the consultation, with its proposal if it has one yet."""
    async with site.database.write() as connection:
        await connection.execute(insert(RemoteActors).values(THE_ORGANISER))
        await keep_consultation(connection, THE_CONSULTATION, START)
        if has_proposal:
            await keep_proposal(connection, THE_PROPOSAL, START)
