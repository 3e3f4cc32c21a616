"""Forms: ballots, arguments and proposals of people who are signed in."""

import re
from html import unescape

import orjson
import pytest
from sqlalchemy import func, select

from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.votes.tables import Ballots
from tests.web.site import Browser, Site, path_of

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


async def tally(site: Site, proposal: str) -> dict[str, int | None]:
    """Return the published counts of a proposal by option."""
    site.forget()
    answer = await site.browser().get("/c/quais/tallies.json")
    found = next(item for item in orjson.loads(answer.text)["proposals"] if item["id"] == proposal)
    return {option["name"]: option["ballots"] for option in found["options"]}


async def vote(browser: Browser, proposal: str, *options: str) -> int:
    path = path_of(proposal)
    answer = await browser.submit(path, f"{path}/ballot", option=list(options), follow=False)
    return answer.status


async def test_a_ballot_is_cast_changed_and_counted_once(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")

    assert await vote(ana, proposals["quais"], "D'accord") == 303
    assert await vote(ana, proposals["quais"], "Pas d\u2019accord") == 303
    await site.tick()

    assert await tally(site, proposals["quais"]) == {
        "D'accord": 0,
        "Abstention": 0,
        "Pas d'accord": 1,
    }
    page = await ana.get(proposals["quais"])
    assert "Your vote: Pas d'accord" in page.words
    assert "Change my vote" in page.words


async def test_several_options_may_be_chosen_where_the_vote_allows_it(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")

    assert await vote(ana, proposals["besoins"], "Bancs", "Eau") == 303
    assert await vote(ana, proposals["besoins"], "Bancs", "Arbres") == 303
    await site.tick()

    assert await tally(site, proposals["besoins"]) == {"Bancs": 1, "Arbres": 1, "Eau": 0}


@pytest.mark.parametrize(
    ("reference", "options", "reason"),
    [
        ("quais", ["Peut-être"], "This is not one of the choices."),
        ("quais", [], "Choose one option"),
        ("trace", ["Nord", "Sud"], "Choose one option"),
    ],
)
async def test_a_refused_ballot_says_why_and_keeps_what_was_chosen(
    site: Site, proposals: dict[str, str], reference: str, options: list[str], reason: str
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals[reference])

    page = await ana.submit(path, f"{path}/ballot", option=options)

    assert page.status == 422
    assert reason in page.words
    for option in {"Nord", "Sud"} & set(options):
        assert f'value="{option}" checked' in page.text


async def test_a_ballot_after_the_end_is_refused_in_the_voter_s_language(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana", language="fr")
    path = path_of(proposals["quais"])
    site.clock.advance(days=70)
    ana = await site.signed_in("luc", language="fr")

    page = await ana.submit("/c/quais", f"{path}/ballot", option="Abstention")

    assert page.status == 422
    assert "Ce vote n\u2019est pas ouvert." in page.words


async def test_without_a_session_nothing_is_cast_and_what_was_typed_is_kept(
    site: Site, proposals: dict[str, str]
) -> None:
    stranger = site.browser()
    path = path_of(proposals["quais"])

    page = await stranger.submit(path, f"{path}/arguments", text="Mes mots", stance="for")

    assert page.status == 403
    assert "You are not signed in" in page.words
    assert "Mes mots" in page.text
    assert (await stranger.submit(path, f"{path}/ballot", option="Abstention")).status == 403
    async with site.database.read() as connection:
        assert (await connection.execute(select(func.count(Ballots.id)))).scalar_one() == 0


def kept_fields(page: str) -> list[tuple[str, str]]:
    """Return what the form that can be sent again holds."""
    form = page.partition('<form method="post" action="/p/')[2].partition("</form>")[0]
    return [(name, unescape(value)) for name, value in HIDDEN.findall(form)]


async def test_what_was_typed_without_a_session_can_be_sent_once_one_is_signed_in(
    site: Site, proposals: dict[str, str]
) -> None:
    browser = site.browser()
    path = path_of(proposals["quais"])
    words, sources = 'Mes "mots"\n\net <les tiens>', "https://a.example/1\nhttps://a.example/2"

    lost = await browser.submit(
        path, f"{path}/arguments", text=words, sources=sources, stance="against"
    )
    await browser.get(await site.link_for("ana"))
    stale = await browser.post(f"{path}/arguments", kept_fields(lost.text))
    sent = await browser.post(f"{path}/arguments", kept_fields(stale.text))

    assert (lost.status, stale.status, sent.status) == (403, 403, 200)
    assert "Mes &#34;mots&#34;" in lost.text
    assert "This form has expired" in stale.words
    assert 'Mes "mots" et <les tiens>' in sent.words
    assert "a.example/2" in sent.words


async def test_every_option_of_a_lost_ballot_is_kept(site: Site, proposals: dict[str, str]) -> None:
    path = path_of(proposals["besoins"])

    lost = await site.browser().submit(path, f"{path}/ballot", option=["Bancs", "Eau"])

    assert [value for name, value in kept_fields(lost.text) if name == "option"] == ["Bancs", "Eau"]
    assert "Bancs Eau" in lost.words


async def test_what_another_site_typed_is_not_ready_to_be_sent(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    ana.origin = "https://evil.example"
    path = path_of(proposals["quais"])

    page = await ana.post(f"{path}/ballot", [("option", "Abstention")])

    assert page.status == 403
    assert kept_fields(page.text) == []


async def test_a_password_is_never_shown_again(site: Site) -> None:
    fields = [("login", "ana"), ("password", "ne pas montrer")]

    page = await site.browser().post("/sign-in", fields)

    assert page.status == 403
    assert "ana" in page.words
    assert "ne pas montrer" not in page.text


@pytest.mark.parametrize("token", [[], [("csrf", "")], [("csrf", "é")], [("csrf", "0" * 64)]])
async def test_a_form_without_its_token_changes_nothing(
    site: Site, proposals: dict[str, str], token: list[tuple[str, str]]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])

    answer = await ana.post(f"{path}/ballot", [*token, ("option", "Abstention")])

    assert answer.status == 403
    assert "This form has expired" in answer.words
    async with site.database.read() as connection:
        assert (await connection.execute(select(func.count(Ballots.id)))).scalar_one() == 0


async def test_somebody_else_s_token_opens_no_form(site: Site, proposals: dict[str, str]) -> None:
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    path = path_of(proposals["quais"])
    page = await luc.get(path)
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]

    answer = await ana.post(f"{path}/ballot", [("csrf", token), ("option", "Abstention")])

    assert answer.status == 403


async def test_arguments_stand_side_by_side_with_their_answers(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    path = path_of(proposals["quais"])

    posted = await ana.submit(path, f"{path}/arguments", text="De l\u2019air **pur**", stance="for")
    assert "Your argument has been published." in posted.words
    await luc.submit(path, f"{path}/arguments", text="Et les commerces ?", stance="against")
    anchor = posted.text.partition('id="a-')[2].partition('"')[0]
    reply = await luc.get(f"{path}?reply=a-{anchor}")
    assert "Reply to @ana" in reply.words
    parent = reply.text.partition('name="in_reply_to" value="')[2].partition('"')[0]
    await luc.submit(path, f"{path}/arguments", text="Pur ?", stance="against", in_reply_to=parent)

    page = await site.browser().get(path)
    for_, _, against = page.text.partition('<section class="side against"')
    assert "<strong>pur</strong>" in for_
    assert "Pur ?" in for_
    assert "Et les commerces ?" in against
    assert "3 arguments" in page.words


async def test_an_argument_has_a_page_of_its_own(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    posted = await ana.submit(path, f"{path}/arguments", text="De l\u2019air", stance="for")
    argument = posted.text.partition('class="when" href="')[2].partition('"')[0]

    page = await site.browser().get(argument)

    assert page.status == 200
    assert "De l\u2019air" in page.words
    assert "Fermer les quais" in page.words


async def test_an_argument_stays_on_its_page_and_takes_a_known_stance(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path, other = path_of(proposals["quais"]), proposals["secret"]
    action = f"{path}/arguments"
    strayed = await ana.submit(path, action, text="Ici", stance="for", in_reply_to=other)
    vague = await ana.submit(path, action, text="Ici", stance="maybe")
    for refused in (strayed, vague):
        assert refused.status == 422
        assert "Ici" in refused.text
    assert "No arguments yet" in (await site.browser().get(proposals["quais"])).words


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
async def test_an_argument_that_says_nothing_is_refused(
    site: Site, proposals: dict[str, str], text: str
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])

    page = await ana.submit(path, f"{path}/arguments", text=text, stance="against")

    assert page.status == 422
    assert "Please fill in this field." in page.words
    assert 'value="against" checked' in page.text


@pytest.mark.parametrize(
    ("language", "measure"),
    [
        ("en", "20,000 characters at most; yours has 80,000."),
        ("fr", "20 000 caractères au maximum ; vous en avez saisi 80 000."),
        ("es", "20.000 caracteres como máximo; ha escrito 80.000."),
    ],
)
async def test_a_text_that_is_too_long_is_measured_and_kept(
    site: Site, proposals: dict[str, str], language: str, measure: str
) -> None:
    ana = await site.signed_in("ana", language=language)
    path = path_of(proposals["quais"])

    page = await ana.submit(path, f"{path}/arguments", text="mot " * 20_000, stance="for")

    assert page.status == 422
    assert measure in page.words.replace("\u202f", " ").replace("\xa0", " ")
    assert "mot mot mot" in page.text


async def test_odd_characters_are_taken_without_harm(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    odd = "a\x00b\u202ec e\u0301 👩‍👩‍👧"

    page = await ana.submit(path, f"{path}/arguments", text=odd, stance="for")

    assert page.status == 200
    assert "ab\u202ec é 👩‍👩‍👧" in page.text


@pytest.mark.usefixtures("proposals")
async def test_a_proposal_waits_until_a_facilitator_publishes_it(site: Site) -> None:
    ana = await site.signed_in("ana")
    fatou = await site.signed_in("fatou", Role.FACILITATOR)

    sent = await ana.submit("/c/quais", "/c/quais/proposals", title="Un marché", text="Dimanche.")
    assert "A facilitator will read your proposal" in sent.words
    assert "Your unpublished proposals" in sent.words
    assert "Un marché" not in (await site.browser().get("/c/quais")).words
    desk = await fatou.get("/c/quais")
    path = desk.text.partition('method="post" action="/p/')[2].partition('/accept"')[0]
    assert (await site.browser().get(f"/p/{path}")).status == 404

    done = await fatou.submit("/c/quais", f"/p/{path}/accept")

    assert "The proposal has been published." in done.words
    page = await site.browser().get(f"/p/{path}")
    assert "@ana" in page.words


@pytest.mark.rule("3.9")
@pytest.mark.usefixtures("proposals")
async def test_a_proposal_is_turned_down_with_a_reason_that_its_author_reads(site: Site) -> None:
    ana = await site.signed_in("ana")
    fatou = await site.signed_in("fatou", Role.OPERATOR)
    await ana.submit("/c/quais", "/c/quais/proposals", title="Un marché", text="")
    desk = await fatou.get("/c/quais")
    path = desk.text.partition('method="post" action="/p/')[2].partition('/accept"')[0]

    silent = await fatou.submit("/c/quais", f"/p/{path}/refuse", reason=" ")
    assert silent.status == 422
    await fatou.submit("/c/quais", f"/p/{path}/refuse", reason="Déjà proposé.")

    assert "Déjà proposé." in (await ana.get("/c/quais")).words
    assert "Déjà proposé." not in (await site.browser().get("/c/quais")).words


@pytest.mark.rule("3.9")
@pytest.mark.usefixtures("proposals")
async def test_a_citizen_decides_on_no_proposal(site: Site) -> None:
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    await ana.submit("/c/quais", "/c/quais/proposals", title="Un marché", text="")
    page = await ana.get("/c/quais")
    assert "/accept" not in page.text
    async with site.database.read() as connection:
        waiting = (
            await connection.execute(select(Proposals.id).where(Proposals.state == "waiting"))
        ).scalar_one()

    for verb in ("accept", "refuse"):
        answer = await luc.submit("/c/quais", f"{path_of(waiting)}/{verb}", reason="x")
        assert answer.status == 403


@pytest.mark.parametrize(("title", "field"), [("", "title"), ("x" * 201, "title")])
@pytest.mark.usefixtures("proposals")
async def test_a_refused_proposal_keeps_what_was_typed(site: Site, title: str, field: str) -> None:
    ana = await site.signed_in("ana")

    page = await ana.submit(
        "/c/quais", "/c/quais/proposals", title=title, text="Mes mots", language="es"
    )

    assert page.status == 422
    assert f'id="{field}-error"' in page.text
    assert "Mes mots" in page.text
    assert 'value="es" lang="es" selected' in page.text
