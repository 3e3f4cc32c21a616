"""Notices: who is told of what, and where it leads."""

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from dosfed.accounts.tables import Notices, Subscriptions
from dosfed.acts import telling
from dosfed.acts.facts import ProposalRevised
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.model import Forget, Role
from dosfed.deliberation.proposals.tables import CoSigners
from tests.conftest import START
from tests.people import block
from tests.web.site import Answer, Browser, Site, path_of

NEW = re.compile(r"Notices (\d+) new")


async def argue(browser: Browser, proposal: str, text: str, **fields: Any) -> Answer:
    return await browser.submit(
        path_of(proposal), f"{path_of(proposal)}/arguments", text=text, stance="for", **fields
    )


async def first_argument(site: Site) -> str:
    async with site.database.read() as connection:
        rows = await connection.execute(
            select(ArgumentPosts.id).order_by(ArgumentPosts.received_at)
        )
        return str(rows.scalars().first())


@pytest.mark.rule("8.2")
async def test_who_is_answered_reads_so_once(site: Site, proposals: dict[str, str]) -> None:
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await argue(ana, proposals["quais"], "De l'air.")
    parent = await first_argument(site)
    await argue(luis, proposals["quais"], "Et les bus ?", in_reply_to=parent)

    assert NEW.search((await ana.get("/")).words)
    page = await ana.get("/notices")
    assert "@luis replied to your argument on Fermer les quais" in page.words
    link = re.search(r'<a href="([^"]+)" lang="fr">Fermer les quais</a>', page.text)
    assert link is not None
    assert (await ana.get(link[1])).status == 200
    assert not NEW.search((await ana.get("/")).words)
    assert "New @luis" not in (await ana.get("/notices")).words
    assert "Nothing yet" in (await luis.get("/notices")).words


@pytest.mark.rule("8.2")
async def test_answers_of_one_person_stand_together_until_they_are_seen(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await argue(ana, proposals["quais"], "De l'air.")
    parent = await first_argument(site)
    for number in range(3):
        await argue(luis, proposals["quais"], f"Oui {number}", in_reply_to=parent)

    page = (await ana.get("/notices")).words
    await argue(luis, proposals["quais"], "Encore", in_reply_to=parent)
    again = (await ana.get("/notices")).words

    assert "New @luis replied to you 3 times on Fermer les quais" in page
    assert page.count("@luis") == 1
    assert "New @luis replied to your argument on Fermer les quais" in again
    assert again.count("@luis replied to you 3 times") == 1


@pytest.mark.rule("8.1")
async def test_nobody_is_told_of_their_own_words(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    await argue(ana, proposals["quais"], "De l'air.")
    await argue(ana, proposals["quais"], "Encore.", in_reply_to=await first_argument(site))

    assert not NEW.search((await ana.get("/")).words)


@pytest.mark.rule("8.2")
@pytest.mark.usefixtures("proposals")
async def test_an_author_hears_of_decision_and_arguments(site: Site) -> None:
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    team = await site.signed_in("team", Role.FACILITATOR)
    for title in ("Des <bancs>", "Un \u202eport"):
        await ana.submit("/c/quais", "/c/quais/proposals", title=title, text="Oui.")
        site.clock.advance(seconds=1)
    opened = await team.get("/c/quais")
    accepted, refused = re.findall(r'action="(/p/\w+)/accept"', opened.text)
    await team.submit("/c/quais", f"{accepted}/accept")
    await team.submit("/c/quais", f"{refused}/refuse", reason="Non.")
    await argue(luis, f"{site.base_url}{accepted}", "Très bien.")

    page = await ana.get("/notices")

    assert "Your proposal Des <bancs> has been published." in page.words
    assert "was refused" in page.words
    assert 'href="/c/quais#waiting"' in page.text
    assert "commented on your proposal" in page.words
    assert "<bancs>" not in page.text


@pytest.mark.rule("8.3")
@pytest.mark.usefixtures("proposals")
async def test_who_follows_hears_of_proposals_and_can_stop(site: Site) -> None:
    ana, team = await site.signed_in("ana"), await site.signed_in("team", Role.FACILITATOR)
    target = f"{site.base_url}/c/quais"
    followed = await ana.submit("/notices", "/subscriptions", target=target, subscribe="1")
    assert "You are following this" in followed.words
    for title in ("Un", "Deux"):
        await team.submit("/c/quais", "/c/quais/proposals", title=title, text="Oui.")
        opened = await team.get("/c/quais")
        place = re.findall(r'action="(/p/\w+)/accept"', opened.text)[-1]
        await team.submit("/c/quais", f"{place}/accept")

    page = await ana.get("/notices")
    assert page.words.count("There is a new proposal in Fermer les quais aux voitures ?") == 1

    stopped = await ana.submit("/notices", "/subscriptions", target=target, back="notices")
    assert "You are no longer following this" in stopped.words
    assert "Nothing yet: consultations" in stopped.words


async def test_only_what_is_here_can_be_followed(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    for target in ("", "https://else.example/p/1", "x" * 5000, "javascript:alert(1)"):
        answer = await ana.submit("/notices", "/subscriptions", target=target, subscribe="1")
        assert answer.status == 404
    stranger = site.browser()
    answer = await stranger.post("/subscriptions", [("target", proposals["quais"])])
    assert answer.status == 403
    assert (await stranger.get("/notices", follow=False)).headers["location"].startswith("/sign-in")


@pytest.mark.rule("8.3")
async def test_a_revision_reaches_who_stands_behind_it_but_no_voter(
    site: Site, proposals: dict[str, str]
) -> None:
    proposal = proposals["quais"]
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await luis.submit(path_of(proposal), f"{path_of(proposal)}/ballot", option="D'accord")
    async with site.database.write() as connection:
        row = {"proposal": proposal, "actor": f"{site.base_url}/u/ana", "name": "@ana"}
        await connection.execute(insert(CoSigners).values(**row, signed_at=START))
        await telling.proposal_revised(connection, ProposalRevised(id=proposal, at=START, by=""))

    assert "The text of Fermer les quais has changed." in (await ana.get("/notices")).words
    assert "has changed" not in (await luis.get("/notices")).words


@pytest.mark.rule("8.1")
async def test_what_is_deleted_or_forgotten_leaves_no_notice(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await argue(ana, proposals["quais"], "De l'air.")
    first = await first_argument(site)
    for text in ("Un.", "Deux."):
        await argue(luis, proposals["quais"], text, in_reply_to=first)
    async with site.database.write() as connection:
        rows = await connection.execute(
            select(ArgumentPosts.id).where(ArgumentPosts.in_reply_to == first).limit(1)
        )
        actor = f"{site.base_url}/u/luis"
        remove = Remove(id=str(rows.scalar_one()), actor=actor)  # type: ignore[arg-type]
        await perform_one(connection, Submission(command=remove, at=START), site.house)
        kept = await connection.execute(select(Notices.id))
        assert len(kept.all()) == 1
        await connection.execute(
            insert(Subscriptions).values(user=actor, target=proposals["quais"], since=START)
        )
        forget = Forget(actor=actor)  # type: ignore[arg-type]
        await perform_one(connection, Submission(command=forget, at=START), site.house)
        assert (await connection.execute(select(Notices.id))).first() is None
        assert (await connection.execute(select(Subscriptions.user))).first() is None


@pytest.mark.rule("8.1")
async def test_nothing_is_told_of_whom_the_instance_blocks(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    await argue(ana, proposals["quais"], "De l'air.")
    first = await first_argument(site)
    async with site.database.write() as connection:
        await block(connection, "bad.example", "spam", START)
        for number, host in enumerate(("sub.bad.example", "good.example")):
            await connection.execute(
                insert(ArgumentPosts).values(
                    id=f"https://{host}/1",
                    kind="argument",
                    consultation=f"{site.base_url}/c/quais",
                    about=proposals["quais"],
                    state="published",
                    in_reply_to=first,
                    author=f"https://{host}/u/eve",
                    author_name=f"@eve{number}@{host}",
                    stance="for",
                    html="<p>!</p>",
                    url=f"https://{host}/1",
                    published_at=START,
                    received_at=START,
                )
            )
        ids = ["https://sub.bad.example/1", "https://good.example/1"]
        await telling.arguments_posted(connection, ids, at=START)

    page = await ana.get("/notices")
    assert "@eve1@good.example" in page.words
    assert "bad.example" not in page.words
