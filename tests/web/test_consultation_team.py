"""Somebody may look after one consultation alone: invited by link, and nobody in the others."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from dosfed.accounts.site import FactorFrom
from dosfed.acts import consultation_teams
from dosfed.acts.consultation_teams import Offer, load_team
from dosfed.deliberation.consultations.history import load_history
from dosfed.deliberation.model import Refusal, Refused, Role
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.kept import role_in
from dosfed.web.site import SITE
from tests.web.admin.test_team_watch import member, propose, send
from tests.web.site import Browser, Site, path_of

PARK = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
    "consultations": [
        {
            "name": "park",
            "title": "Un parc",
            "language": "fr",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
            "proposals": [{"ref": "park", "title": "Des jeux", "text": "Pour les petits."}],
        }
    ],
}
LINK = re.compile(r'id="link" readonly value="[^"]*(/invitation/[^"]+)"')


@pytest.fixture
async def other(site: Site, proposals: dict[str, str]) -> str:
    """The id of a proposal in another consultation of the same instance."""
    assert proposals
    return (await site.import_(PARK))["park"]


async def invited(boss: Browser, role: Role, name: str = "quais") -> str:
    """Return the path of a new invitation to a team."""
    page = await boss.submit(f"/c/{name}/team", f"/c/{name}/team", role=role.value, note="For Lea")
    found = LINK.search(page.text)
    assert found is not None, page.words
    return found[1]


async def on_team(site: Site, boss: Browser, name: str, role: Role) -> Browser:
    """Return the browser of a citizen who accepted an invitation."""
    browser = await member(site, name, Role.CITIZEN)
    link = await invited(boss, role)
    assert (await browser.submit(link, f"{link}/accept")).status == 200
    return browser


async def waiting(site: Site, title: str) -> str:
    async with site.database.read() as connection:
        found = await connection.scalar(select(Proposals.id).where(Proposals.title == title))
    assert found is not None
    return path_of(found)


@pytest.mark.rule("5.11")
async def test_a_facilitator_of_one_decides_there_and_is_nobody_in_another(
    site: Site, other: str
) -> None:
    boss, ana = await site.signed_in("boss", Role.OPERATOR), await site.signed_in("ana")
    lea = await on_team(site, boss, "lea", Role.FACILITATOR)
    await propose(ana, "Des bancs")
    await ana.submit("/c/park/propose", "/c/park/proposals", title="Un kiosque", text="Rond.")

    menu = (await lea.get("/about")).words
    assert "Administration 1 waiting" in menu
    assert "Des bancs" in (await lea.get("/c/quais")).words
    assert "Un kiosque" not in (await lea.get("/c/park")).words
    assert await send(site) == 1
    mail = (await site.mails("lea@mail.example"))[-1]
    assert "1 proposal or new text" in mail
    assert "/c/park" not in mail

    bench, kiosk = await waiting(site, "Des bancs"), await waiting(site, "Un kiosque")
    assert (await lea.submit("/c/quais", f"{kiosk}/accept", version="1")).status == 403
    assert "/edit" not in (await lea.get(path_of(other))).text
    assert (await lea.submit("/c/quais", f"{bench}/accept", version="1")).status == 200
    assert "Des bancs" in (await site.browser().get("/c/quais")).words


@pytest.mark.rule("5.11")
async def test_a_moderator_of_one_hides_there_alone_and_sees_no_reports(
    site: Site, proposals: dict[str, str], other: str
) -> None:
    boss = await site.signed_in("boss", Role.OPERATOR)
    lea = await on_team(site, boss, "lea", Role.MODERATOR)
    there, elsewhere = proposals["quais"], other
    assert (await lea.get(f"/admin/hide?object={there}")).status == 200
    assert (await lea.get(f"/admin/hide?object={elsewhere}")).status == 403
    assert (await lea.get("/admin/reports")).status == 403
    assert (await lea.get("/admin/blocks")).status == 403

    fields: dict[str, Any] = {"reason": "Hors sujet.", "code": "off-topic"}
    page = f"/admin/hide?object={there}"
    refused = await lea.submit(page, "/admin/hide", object=elsewhere, **fields)
    assert refused.status == 403
    assert (await lea.submit(page, "/admin/hide", object=there, **fields)).status == 200
    assert "Hors sujet." in (await site.browser().get(path_of(there))).words
    assert "Hors sujet." not in (await site.browser().get(path_of(elsewhere))).words


@pytest.mark.rule("5.11")
async def test_an_organiser_of_one_changes_its_team_and_meetings_alone(
    site: Site, other: str
) -> None:
    assert other
    boss = await site.signed_in("boss", Role.OPERATOR)
    lea = await on_team(site, boss, "lea", Role.ORGANISER)
    meeting: dict[str, Any] = {
        "id": "a" * 16,
        "title": "Balade",
        "place": "Au pont",
        "url": "",
        "summary": "",
        "starts": "2026-06-01T10:00",
        "ends": "2026-06-01T12:00",
    }
    assert (await lea.submit("/c/quais/meetings", "/c/park/meetings", **meeting)).status == 403
    assert (await lea.submit("/c/quais/meetings", "/c/quais/meetings", **meeting)).status == 200
    assert (await lea.get("/c/park/team")).status == 403
    refused = await lea.submit("/c/quais/team", "/c/park/team", role="organiser", note="")
    assert refused.status == 403
    assert (await lea.submit("/c/quais/team", "/c/quais/team", role="operator")).status == 400

    max_ = await on_team(site, lea, "max", Role.FACILITATOR)
    assert "max" in (await lea.get("/c/quais/team")).words
    assert "Invite somebody" not in (await max_.get("/c/quais/team")).words
    refused = await max_.submit(
        "/c/quais/team", "/c/quais/team/remove", person=f"{site.base_url}/u/lea"
    )
    assert refused.status == 403
    await lea.submit("/c/quais/team", "/c/quais/team/remove", person=f"{site.base_url}/u/max")
    assert (await max_.get("/c/quais/team")).status == 403


@pytest.mark.rule("5.11")
async def test_an_invitation_is_good_once_and_leads_a_stranger_to_an_account(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    boss = await site.signed_in("boss", Role.OPERATOR)
    link = await invited(boss, Role.FACILITATOR)
    stranger = site.browser()
    asked = await stranger.get(link)
    assert f"/sign-in?return_to={link}" in asked.text
    await stranger.submit(
        link, "/sign-up", email="zoe@mail.example", invitation=link.rpartition("/")[2]
    )
    mailed = await site.link_in_mail("zoe@mail.example")
    await stranger.submit(mailed, mailed, name="zoe", password="a long walk by the river")

    async with site.database.read() as connection:
        consultation = f"{site.base_url}/c/quais"
        [zoe] = await load_team(connection, consultation)
        assert (zoe.name, zoe.role) == ("@zoe", Role.FACILITATOR)
        assert await role_in(connection, zoe.user, "") is Role.CITIZEN
        history = await load_history(connection, consultation)
    assert [(line.what, line.after) for line in history] == [("team-joined", "facilitator")]
    assert (await site.browser().get(link)).status == 410
    assert (await boss.post(f"{link}/accept", [])).status in {403, 410, 422}


@pytest.mark.rule("5.11")
async def test_an_invitation_to_a_team_is_withdrawn_by_its_organisers_alone(
    site: Site, other: str
) -> None:
    assert other
    boss = await site.signed_in("boss", Role.OPERATOR)
    lea = await on_team(site, boss, "lea", Role.ORGANISER)
    theirs = await invited(boss, Role.MODERATOR, "park")
    own = await invited(lea, Role.MODERATOR)
    digests = re.findall(r'name="digest" value="(\w+)"', (await boss.get("/c/park/team")).text)
    await lea.submit("/c/quais/team", "/c/quais/team/withdraw", digest=digests[0])
    assert (await boss.get(theirs)).status == 200
    digests = re.findall(r'name="digest" value="(\w+)"', (await lea.get("/c/quais/team")).text)
    await lea.submit("/c/quais/team", "/c/quais/team/withdraw", digest=digests[0])
    assert (await boss.get(own)).status == 410
    assert "For Lea" not in (await boss.get("/admin/invitations")).words


@pytest.mark.rule("5.11")
async def test_whoever_is_on_a_team_may_leave_it_and_is_then_nobody(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    boss = await site.signed_in("boss", Role.OPERATOR)
    lea = await on_team(site, boss, "lea", Role.MODERATOR)
    left = await lea.submit(
        "/c/quais/team", "/c/quais/team/remove", person=f"{site.base_url}/u/lea"
    )
    assert left.status == 200
    assert (await lea.get("/admin")).status == 403
    async with site.database.write() as connection:
        consultation = f"{site.base_url}/c/quais"
        assert await load_team(connection, consultation) == []
        offer = Offer(consultation=consultation, role=Role.OPERATOR, note="")
        with pytest.raises(Refused) as refused:
            await consultation_teams.invite_somebody(
                connection, offer, by=f"{site.base_url}/u/boss", at=site.clock.now()
            )
    assert refused.value.refusal is Refusal.NOT_ALLOWED


@pytest.mark.rule("5.10")
async def test_a_second_factor_is_needed_of_roles_for_one_consultation_too(
    site: Site, proposals: dict[str, str]
) -> None:
    assert proposals
    boss = await site.signed_in("boss", Role.OPERATOR)
    lea = await on_team(site, boss, "lea", Role.FACILITATOR)
    await propose(await site.signed_in("ana"), "Des bancs")
    site.app[SITE].change(replace(site.app[SITE].site, second_factor=FactorFrom.FACILITATOR))

    assert "second-factor" in (await lea.get("/c/quais/team")).url
    bench = await waiting(site, "Des bancs")
    assert "second-factor" in (await lea.submit("/c/quais", f"{bench}/accept", version="1")).url
    assert "Des bancs" not in (await site.browser().get("/c/quais")).words
