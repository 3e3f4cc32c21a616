"""Roles that need a second factor: nobody acts for the team before it is given."""

import re
from typing import Any

import pytest
from sqlalchemy import select, update

from dosfed.accounts.factors import drop_factor
from dosfed.accounts.site import FactorFrom, load_site
from dosfed.accounts.tables import Sessions
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.meetings.model import CancelMeeting
from dosfed.deliberation.model import ActorId, ProposalId, Refusal, Refused, Role
from dosfed.deliberation.moderation.model import AnswerReport, Hide, HideReason
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.proposals.model import (
    DecideNewText,
    DecideProposal,
    ReviseProposal,
    TagProposal,
)
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.rules import needs_factor
from dosfed.deliberation.team.tables import Users
from dosfed.web.session import issue_link
from dosfed.web.site import SITE
from tests.web.accounts.test_second_factor import PAGE, give, now, secret_on, set_up
from tests.web.accounts.test_sign_in import ADDRESS, PASSWORD, add, forget, sign_in
from tests.web.admin.test_admin import MODERATED, MODERATORS_POST, OPERATED, OPERATORS_POST, save
from tests.web.site import TOKEN, Answer, Browser, Site, path_of

NEEDS = "Your role requires two-step sign-in"


@pytest.fixture
async def boss(site: Site) -> Browser:
    """The browser of an operator who has signed in by a password, before anything is needed."""
    await add(site, "boss", ADDRESS)
    await become(site, "boss", Role.OPERATOR)
    browser = site.browser()
    await sign_in(browser, "boss")
    return browser


async def become(site: Site, name: str, role: Role) -> None:
    async with site.database.write() as connection:
        await connection.execute(update(Users).where(Users.name == name).values(role=role.value))


async def need(boss: Browser, least: FactorFrom) -> Answer:
    """Ask a second factor of a role and those above."""
    answer = await save(boss, second_factor=least)
    assert boss.site.app[SITE].site.second_factor is least
    return answer


def is_led(page: Answer) -> bool:
    return f"{PAGE}?return_to=" in page.url and NEEDS in page.words


@pytest.mark.rule("5.10")
async def test_whoever_asks_it_of_their_own_role_is_led_to_set_it_up_at_once(
    site: Site, boss: Browser
) -> None:
    assert is_led(await need(boss, FactorFrom.OPERATOR))
    for path in MODERATED + OPERATED:
        assert is_led(await boss.get(path)), path

    await set_up(boss)

    for path in MODERATED + OPERATED:
        assert (await boss.get(path)).url.endswith(path)
    async with site.database.read() as connection:
        assert (await load_site(connection, "x")).second_factor is FactorFrom.OPERATOR


@pytest.mark.rule("5.10")
async def test_no_form_of_the_team_is_taken_before_it_is_given(site: Site, boss: Browser) -> None:
    luc = await site.signed_in("luc")
    await need(boss, FactorFrom.MODERATOR)

    for path in MODERATORS_POST + OPERATORS_POST:
        sent = await boss.submit(
            "/",
            path,
            user=site.house.instance.citizen("luc"),
            do="suspend",
            name="Other",
            target="bad.example",
            second_factor="nobody",
        )
        assert is_led(sent), path
    assert site.app[SITE].site.second_factor is FactorFrom.MODERATOR
    assert "Sign out" in (await luc.get("/")).words


@pytest.mark.rule("5.10")
async def test_the_door_takes_nothing_for_the_team_before_it_is_given(
    site: Site, boss: Browser, proposals: dict[str, str]
) -> None:
    ana, quais = await site.signed_in("ana"), path_of(proposals["quais"])
    await ana.submit("/c/quais/propose", "/c/quais/proposals", title="Un pont", text="Ici.")
    await ana.submit(f"{quais}/report", f"{quais}/report", text="Look")
    async with site.database.read() as connection:
        waiting = select(Proposals.id).where(Proposals.state == PostState.WAITING.value)
        proposal = path_of((await connection.execute(waiting)).scalar_one())
        report = (await connection.execute(select(Reports.id))).scalar_one()
    await need(boss, FactorFrom.OPERATOR)
    fields: dict[str, Any] = {
        "version": "1",
        "reason": "No",
        "title": "A",
        "text": "B",
        "tags": "x",
    }

    for path in (
        f"{proposal}/accept",
        f"{proposal}/refuse",
        f"{quais}/edit",
        f"{quais}/tags",
        f"/admin/reports/{report}",
        "/admin/hide",
        "/c/quais/meetings",
        "/c/quais/meetings/cancel",
    ):
        more = {"object": proposals["quais"], "answer": "upheld", "code": "spam", "note": "n"}
        sent = await boss.submit("/", path, **(fields | more | MEETING))
        assert NEEDS in sent.words, path
        assert is_led(sent) or (sent.status == 403 and path.endswith(("/edit", "/tags"))), path

    async with site.database.read() as connection:
        states = dict((await connection.execute(select(Proposals.title, Proposals.state))).all())
        answered = (await connection.execute(select(Reports.answered_at))).scalar_one()
    assert states["Un pont"] == PostState.WAITING.value
    assert states["Fermer les quais"] == PostState.PUBLISHED.value
    assert answered is None


MEETING = {
    "id": "a" * 16,
    "place": "Mairie",
    "starts": "2026-05-01T18:00",
    "ends": "2026-05-01T20:00",
}


@pytest.mark.rule("5.10")
@pytest.mark.usefixtures("boss")
async def test_the_door_itself_refuses_whatever_page_stands_before_it(
    site: Site, proposals: dict[str, str]
) -> None:
    by, proposal = ActorId(site.house.instance.citizen("boss")), ProposalId(proposals["quais"])
    commands: list[Command] = [
        AnswerReport(report=1, by=by, is_upheld=True, note="n", code=HideReason.SPAM),
        Hide(id=proposal, by=by, is_hidden=True, reason="n", code=HideReason.SPAM),
        DecideProposal(id=proposal, by=by, is_accepted=False, reason="n"),
        ReviseProposal(id=proposal, by=by, title="A", text="B", note="n", follows=1),
        TagProposal(id=proposal, by=by, tags=("a",)),
        DecideNewText(id=proposal, by=by, is_accepted=True, reason=""),
        CancelMeeting(id="x", by=by),
    ]
    for command in commands:
        submission = Submission(command=command, at=site.clock.now(), is_proven=False)
        with pytest.raises(Refused) as refused:
            async with site.database.write() as connection:
                await perform_one(connection, submission, site.house)
        assert refused.value.refusal is Refusal.NEEDS_FACTOR, command


@pytest.mark.rule("5.10")
async def test_what_everybody_may_do_stays_theirs(boss: Browser, proposals: dict[str, str]) -> None:
    quais = path_of(proposals["quais"])
    await need(boss, FactorFrom.OPERATOR)

    said = await boss.submit(quais, f"{quais}/arguments", text="Oui", stance="for")

    assert "Your argument has been published" in said.words
    assert NEEDS in said.words


@pytest.mark.rule("5.10")
async def test_their_own_proposal_stays_theirs_to_change(
    site: Site, boss: Browser, proposals: dict[str, str]
) -> None:
    assert proposals
    await boss.submit("/c/quais/propose", "/c/quais/proposals", title="Un pont", text="Ici.")
    async with site.database.read() as connection:
        mine = select(Proposals.id).where(Proposals.title == "Un pont")
        proposal = path_of((await connection.execute(mine)).scalar_one())
    await need(boss, FactorFrom.OPERATOR)

    tagged = await boss.submit("/", f"{proposal}/tags", tags="pont", follow=False)

    assert tagged.status == 303
    assert PAGE not in tagged.headers["location"]


@pytest.mark.rule("5.10")
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("least", list(FactorFrom))
def test_it_is_needed_from_a_role_on(role: Role, least: FactorFrom) -> None:
    ladder = ["citizen", "moderator", "facilitator", "organiser", "operator"]
    expected = least != "nobody" and ladder.index(role) >= ladder.index(least)

    assert needs_factor(role, least) is expected
    assert not needs_factor(None, least)


@pytest.mark.rule("5.10")
async def test_roles_below_go_on_without(site: Site, boss: Browser) -> None:
    mod = await site.signed_in("mod", Role.MODERATOR)
    await need(boss, FactorFrom.FACILITATOR)

    assert (await mod.get("/admin/reports")).status == 200
    await become(site, "mod", Role.FACILITATOR)
    assert is_led(await mod.get("/admin/reports"))


@pytest.mark.rule("5.10")
async def test_signing_in_leads_there_first_and_then_on(site: Site, boss: Browser) -> None:
    await need(boss, FactorFrom.OPERATOR)
    other = site.browser()

    page = await sign_in(other, "boss", return_to="/admin/people")
    assert is_led(page)
    secret, setup = secret_on(page)
    token = TOKEN.search(page.text)
    assert token is not None
    [back] = re.findall(r'name="return_to" value="([^"]*)"', page.text)
    fields = {"csrf": token[1], "setup": setup, "current": PASSWORD, "return_to": back}
    done = await other.post(PAGE, [*fields.items(), ("otp", now(other, secret))])

    assert f'href="{back}"' in done.text
    assert back.startswith("/admin/people")
    assert (await other.get("/admin/people")).status == 200


@pytest.mark.rule("5.10")
async def test_an_operator_s_link_leads_to_set_it_up_and_shows_nothing_by_itself(
    site: Site, boss: Browser
) -> None:
    await need(boss, FactorFrom.OPERATOR)
    await set_up(boss)
    back, user = site.browser(), site.house.instance.citizen("boss")
    async with site.database.write() as connection:
        link = await issue_link(connection, user, at=site.clock.now(), base_url=site.base_url)

    assert is_led(await back.get(link))
    assert is_led(await back.get("/admin"))
    await set_up(back, path=f"{PAGE}?new=1", current="")
    assert (await back.get("/admin")).url.endswith("/admin")


@pytest.mark.rule("5.10")
async def test_a_password_by_mail_does_not_open_the_desk(site: Site, boss: Browser) -> None:
    await need(boss, FactorFrom.OPERATOR)
    secret, _ = await set_up(boss)
    thief = site.browser()
    await forget(thief, ADDRESS)
    link = await site.link_in_mail(ADDRESS)
    asked = await thief.submit(link, link, password="other words of mine")

    assert "/sign-in?return_to=" in (await thief.get("/admin")).url
    await give(thief, asked, otp=now(thief, secret))
    assert (await thief.get("/admin")).url.endswith("/admin")


@pytest.mark.rule("5.10")
async def test_what_is_removed_closes_the_desk_with_the_next_page(
    site: Site, boss: Browser
) -> None:
    await need(boss, FactorFrom.OPERATOR)
    await set_up(boss)
    async with site.database.write() as connection:
        await drop_factor(connection, site.house.instance.citizen("boss"))

    assert is_led(await boss.get("/admin"))
    async with site.database.read() as connection:
        assert set((await connection.execute(select(Sessions.proof))).scalars()) == {None}


async def test_the_menu_and_a_line_on_each_page_say_what_is_needed(boss: Browser) -> None:
    await need(boss, FactorFrom.OPERATOR)

    for path in ("/", "/account", "/nowhere"):
        page = await boss.get(path)
        assert NEEDS in page.words, path
        assert 'href="/admin"' in page.text
        assert "for the team" not in page.words


async def test_who_has_it_is_seen_among_the_people(boss: Browser) -> None:
    assert "Two-step sign-in" not in (await boss.get("/admin/people")).words
    await set_up(boss)

    assert "Two-step sign-in" in (await boss.get("/admin/people")).words


async def test_what_is_no_role_is_not_taken(boss: Browser) -> None:
    refused = await save(boss, second_factor="king")

    assert refused.status == 422
    assert boss.site.app[SITE].site.second_factor is FactorFrom.NOBODY
