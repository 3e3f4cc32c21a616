"""Keeping up across instances: meetings travel, and people on a mirror hear of what is new."""

from typing import Any

from sqlalchemy import update

from dosfed.accounts.people import ensure_account
from dosfed.accounts.tables import Accounts
from dosfed.deliberation.model import Role
from tests.network.nodes import Network, Node, argue, proposal
from tests.web.site import Browser, path_of

PLACE = "/c/quais/meetings"
MEETING: dict[str, Any] = {
    "id": "0123456789abcdef",
    "title": "Atelier des quais",
    "place": "Mairie, salle 2",
    "starts": "2026-06-01T18:00",
    "ends": "2026-06-01T20:00",
    "summary": "",
    "url": "",
}


async def follow_there(node: Node, home: Node, name: str) -> Browser:
    """Return the browser of somebody on a mirror who follows the consultation there."""
    browser = await node.site.signed_in(name)
    target = f"{home.site.base_url}/c/quais"
    followed = await browser.submit("/notices", "/subscriptions", target=target, subscribe="1")
    assert "You are following this" in followed.words
    return browser


async def test_a_meeting_is_seen_and_called_off_on_mirrors(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    ana = await follow_there(ar, fr, "ana")
    there = f"/c/quais@{fr.host}/meetings"
    team = await fr.site.signed_in("team", Role.ORGANISER)
    await team.submit(PLACE, PLACE, **MEETING)
    await network.settle()

    assert "Mairie, salle 2" in await ar.read(there)
    assert "A meeting of Fermer les quais aux voitures ?" in (await ana.get("/notices")).words
    assert "Atelier des quais" in (await ar.site.browser().get("/calendar.ics")).text

    network.clock.advance(seconds=60)
    await team.submit(PLACE, f"{PLACE}/cancel", id=MEETING["id"])
    await network.settle()
    assert "Cancelled" in await ar.read(there)


async def test_who_follows_late_sees_the_meetings_that_were_planned_before(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(
        proposal(),
        meetings=[
            {
                "title": "Visite",
                "place": "Sur le quai",
                "starts": "2026-06-01T18:00:00Z",
                "ends": "2026-06-01T20:00:00Z",
            }
        ],
    )
    await network.follow(ar, fr)

    assert "Sur le quai" in await ar.read(f"/c/quais@{fr.host}/meetings")


async def test_the_worker_tells_what_closes_and_what_has_closed_on_a_mirror_too(
    network: Network, fr: Node, ar: Node
) -> None:
    await fr.publish(proposal(closes="2026-05-03T00:00:00Z"))
    await network.follow(ar, fr)
    ana = await follow_there(ar, fr, "ana")
    await ar.worker.remind()
    assert "closes in less than two days" in (await ana.get("/notices")).words

    await network.wait(days=2)
    await network.wait(seconds=60)
    await ar.worker.remind()
    assert "the result is available" in (await ana.get("/notices")).words
    assert "1 new" not in (await ana.get("/")).words


async def test_the_worker_writes_digests(network: Network, fr: Node, ar: Node) -> None:
    await fr.publish(proposal())
    await network.follow(ar, fr)
    await follow_there(ar, fr, "ana")
    async with ar.tools.database.write() as connection:
        user = f"{ar.site.base_url}/u/ana"
        await ensure_account(connection, user, language="en")
        values = {"email": "ana@mail.example", "digest": "daily"}
        await connection.execute(update(Accounts).where(Accounts.user == user).values(**values))
    await ar.worker.write_digests()
    network.clock.advance(hours=1)
    page = path_of(fr.proposals["p"])
    await argue(await fr.site.signed_in("zoe"), page, "De l'air !")
    await network.wait(days=1)
    await ar.worker.write_digests()
    await ar.worker.send_mails()

    letter = last_letter(ar)
    assert f"{ar.site.base_url}/c/quais@{fr.host}" in letter
    assert "1 new argument" in letter


def last_letter(node: Node) -> str:
    files = sorted((node.settings.data_dir / "mails").iterdir())
    return files[-1].read_text(encoding="ascii").replace("=\n", "")
