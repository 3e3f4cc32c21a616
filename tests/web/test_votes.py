"""Votes as they are shown: before, while and after they are open."""

import re
from typing import Any

import orjson
import pytest

from tests.web.conftest import IMPORT, POLL, SPAN
from tests.web.site import Site, path_of


async def cast(site: Site, proposal: str, choices: list[str]) -> None:
    """Let new citizens vote, one for each choice."""
    path = path_of(proposal)
    for number, choice in enumerate(choices):
        voter = await site.signed_in(f"voter{number}_{path[-4:]}")
        answer = await voter.submit(path, f"{path}/ballot", option=choice, follow=False)
        assert answer.status == 303


async def words(site: Site, proposal: str) -> str:
    """Return what a stranger reads of a proposal's vote."""
    site.forget()
    page = await site.browser().get(proposal)
    return page.words.partition("The vote")[2]


def one_poll(**poll: Any) -> dict[str, Any]:
    """Return an import file with one proposal."""
    proposal = {"ref": "p", "title": "Un vote", "text": "…", "poll": {"method": "agree", **poll}}
    consultation = {"name": "un", "title": "Un", "language": "fr", "summary": "", **SPAN}
    return {**IMPORT, "consultations": [{**consultation, "proposals": [proposal]}]}


async def test_counts_are_shown_as_bars_and_in_a_table(
    site: Site, proposals: dict[str, str]
) -> None:
    await cast(site, proposals["quais"], ["D'accord", "D'accord", "Abstention"])
    await site.tick()

    page = await site.browser().get(proposals["quais"])

    assert "Published result" in page.words
    assert "D'accord 2 67%" in page.words
    assert "Voters 3" in page.words
    assert "This site 3" in page.words
    assert '<rect class="fill" width="66.7%"' in page.text


async def test_before_enough_ballots_no_counts_are_shown(
    site: Site, proposals: dict[str, str]
) -> None:
    await cast(site, proposals["secret"], ["D'accord"] * 4)
    await site.tick()

    shown = await words(site, proposals["secret"])

    assert "Figures are shown once there are 26 votes" in shown
    assert "Every vote appears in the figures at once" not in shown
    assert "Published result" not in shown


async def test_a_vote_that_shows_each_ballot_says_so_before_anybody_votes(
    site: Site, proposals: dict[str, str]
) -> None:
    assert "Every vote appears in the figures at once" in await words(site, proposals["quais"])


async def test_a_vote_that_closes_with_too_few_ballots_gives_no_counts(
    site: Site, proposals: dict[str, str]
) -> None:
    await cast(site, proposals["secret"], ["D'accord"] * 4)
    site.clock.advance(days=70)
    await site.tick()

    shown = await words(site, proposals["secret"])

    assert "Vote closed" in shown
    assert "Fewer than 5 votes" in shown
    assert "Voters" not in shown


async def test_a_result_that_was_counted_elsewhere_says_where(site: Site) -> None:
    result = {
        "from": "https://old.example/p/1",
        "closed": "2026-02-01T00:00:02Z",
        "ballots": [7, 2, 3],
        "voters": 12,
        "origins": None,
    }
    document = one_poll(opens=SPAN["opens"], closes="2026-02-01T00:00:00Z", result=result)
    shown = await words(site, (await site.import_(document))["p"])
    assert "D'accord 7 58%" in shown
    assert "Counted elsewhere and published as received: https://old.example/p/1" in shown


async def test_hidden_counts_are_shown_when_the_vote_is_over(site: Site) -> None:
    made = await site.import_(one_poll(closes=POLL["closes"], counts="hidden", counts_from=2))
    await cast(site, made["p"], ["D'accord", "Abstention"])
    await site.tick()
    before = await words(site, made["p"])
    site.clock.advance(days=70)
    await site.tick()
    after = await words(site, made["p"])

    assert "The figures will be shown when voting is over." in before
    assert "D'accord 1 50%" in after


async def test_between_its_end_and_its_result_a_vote_is_counting(
    site: Site, proposals: dict[str, str]
) -> None:
    await cast(site, proposals["quais"], ["Abstention"])
    site.clock.advance(days=61)  # POLL closes on 1 July
    before = await words(site, proposals["quais"])
    await site.tick()
    after = await words(site, proposals["quais"])

    assert "The last votes are being counted." in before
    assert "Closed on 1 July 2026 at" in after
    assert "Result" in after
    assert "Abstention 1 100%" in after


async def test_a_vote_that_is_not_open_yet_says_when_it_opens(site: Site) -> None:
    made = await site.import_(one_poll(opens="2026-06-01T10:00:00Z", closes="2026-07-01T10:00:00Z"))
    ana = await site.signed_in("ana")

    page = await ana.get(made["p"])

    assert "Vote not open yet" in page.words
    assert "Opens on 1 June 2026 at" in page.words
    assert 'name="option"' not in page.text


async def test_who_may_vote_and_who_will_know_is_folded_below_one_line(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")

    page = (await ana.get(proposals["quais"])).text
    slip = page.partition('id="poll"')[2].partition("</section>")[0]
    shown, _, folded = slip.partition("How this vote works")

    assert "Confidential. You can change it or withdraw it until voting closes." in shown
    assert "Anyone can vote." in folded
    assert "Your vote is confidential" in folded
    assert "server" not in slip  # nobody with an account here need hear of them
    assert "fediverse" not in folded


async def test_a_stranger_finds_the_choices_and_an_account_here_before_other_servers(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["quais"])

    page = (await site.browser().get(path)).text.partition("<main")[2]

    order = [
        page.index(words)
        for words in ("<li>Abstention</li>", "/sign-up?return_to=", "Vote from Mastodon")
    ]
    assert order == sorted(order)
    assert f'href="/sign-in?return_to={path}"' in page
    assert "some servers refuse to send a second vote" in page
    assert f"return_to={path}%23answer" in page  # to argue
    assert '">Follow</a>' in page


async def test_who_is_not_eligible_reads_so_and_finds_no_form(site: Site) -> None:
    document = one_poll(**POLL)
    document["consultations"][0]["eligible"] = ["other.example"]
    made = await site.import_(document)
    ana = await site.signed_in("ana")

    page = await ana.get(made["p"])

    assert "Only people from these servers can vote: other.example." in page.words
    assert "This vote is not open to accounts from your server." in page.words
    assert 'name="option"' not in page.text


@pytest.mark.parametrize("reference", ["quais", "trace", "besoins"])
async def test_each_method_has_its_own_form(
    site: Site, proposals: dict[str, str], reference: str
) -> None:
    ana = await site.signed_in("ana")
    kind = {"quais": "radio", "trace": "radio"}.get(reference, "checkbox")

    page = await ana.get(proposals[reference])

    assert f'<input type="{kind}" name="option"' in page.text


async def test_the_file_of_tallies_has_every_key_for_every_proposal(
    site: Site, proposals: dict[str, str]
) -> None:
    await cast(site, proposals["trace"], ["Nord", "Nord", "Sud"])
    await site.tick()

    answer = await site.browser().get("/c/quais/tallies.json")
    shown = {item["id"]: item for item in orjson.loads(answer.text)["proposals"]}

    assert answer.headers["content-type"] == "application/json"
    assert shown[proposals["trace"]] == {
        "id": proposals["trace"],
        "poll": proposals["trace"],
        "closed": False,
        "options": [{"name": "Nord", "ballots": 2}, {"name": "Sud", "ballots": 1}],
        "voters": 3,
        "origins": {"here": 3, "listed": 0, "fediverse": 0},
    }
    assert shown[proposals["sans"]] == {
        "id": proposals["sans"],
        "poll": None,
        "closed": False,
        "options": [],
        "voters": None,
        "origins": None,
    }
    hidden = shown[proposals["navette"]]
    assert (hidden["voters"], hidden["origins"]) == (None, None)
    assert [option["ballots"] for option in hidden["options"]] == [None]


@pytest.mark.usefixtures("proposals")
async def test_the_file_of_tallies_says_when_the_final_one_stands(site: Site) -> None:
    site.clock.advance(days=70)
    browser = site.browser()
    before = orjson.loads((await browser.get("/c/quais/tallies.json")).text)["proposals"][0]
    await site.tick()
    after = orjson.loads((await browser.get("/c/quais/tallies.json")).text)["proposals"][0]

    assert (before["closed"], after["closed"]) == (False, True)


async def test_a_voter_sees_their_ballot_and_nobody_else_does(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["secret"])
    ana, luc = await site.signed_in("ana"), await site.signed_in("luc")
    await ana.submit(path, f"{path}/ballot", option="Abstention")

    assert "Your vote: Abstention" in (await ana.get(path)).words
    for other in (luc, site.browser()):
        page = await other.get(path)
        assert "Your vote:" not in page.words
        assert "@ana" not in page.words


@pytest.mark.rule("3.22")
async def test_a_choice_is_shown_once_more_before_it_is_cast(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["besoins"])
    box = await ana.get(path)
    assert f'action="{path}/ballot/confirm#poll"' in box.text
    assert "every option chosen counts equally" in box.words

    asked = await ana.submit(path, f"{path}/ballot/confirm", option=["Bancs", "Eau"])

    assert asked.status == 200
    assert "Is this your choice?" in asked.words
    assert "You can change it or withdraw it until" in asked.words
    chosen = re.findall(r'name="option" value="([^"]+)"', asked.text)
    assert chosen == ["Bancs", "Eau"]
    assert "Your vote:" not in (await ana.get(path)).words
    cast = await ana.submit(path, f"{path}/ballot", option=chosen)
    assert "Your vote: Bancs, Eau" in cast.words

    again = await ana.submit(path, f"{path}/ballot/confirm", option="Arbres")
    assert "It replaces your earlier vote: Bancs, Eau" in again.words


@pytest.mark.parametrize("options", [[], ["Peut-être"], ["<b>"]])
async def test_a_choice_that_would_not_count_is_not_confirmed(
    site: Site, proposals: dict[str, str], options: list[str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["besoins"])
    answer = await ana.submit(path, f"{path}/ballot/confirm", option=options)
    assert answer.status == 422
    assert 'id="ballot-error"' in answer.text
    left = await ana.get(f"{path}/ballot/confirm")
    assert left.url.endswith(path)


@pytest.mark.rule("3.22")
async def test_support_is_given_and_taken_back_in_one_step(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["navette"])
    page = await ana.get(path)
    assert '<input type="hidden" name="option" value="Je soutiens">' in page.text
    assert "/ballot/confirm" not in page.text

    given = await ana.submit(path, f"{path}/ballot", option="Je soutiens")
    assert "Your support is counted." in given.words
    assert "You support this proposal." not in given.words  # once is enough
    assert "You support this proposal." in (await ana.get(path)).words
    taken = await ana.submit(path, f"{path}/ballot/withdraw")

    assert "Your support is taken back." in taken.words
    assert "Your vote:" not in taken.words
    assert "I support this" in taken.words


@pytest.mark.rule("1.14")
async def test_a_ballot_is_taken_back_while_the_vote_is_open(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    await cast(site, proposals["quais"], ["D'accord", "D'accord"])
    await ana.submit(path, f"{path}/ballot", option="Abstention")

    taken = await ana.submit(path, f"{path}/ballot/withdraw")
    again = await ana.submit(path, f"{path}/ballot/withdraw")  # a form that is sent twice
    await site.tick()

    assert "Your vote has been withdrawn." in taken.words
    assert again.status == 200
    assert taken.url.endswith("#poll") or "notice=ballot-back" in taken.url
    assert taken.text.index('id="poll"') < taken.text.index("Your vote has been withdrawn.")
    assert "Abstention 0" in await words(site, proposals["quais"])


@pytest.mark.rule("1.14")
async def test_a_late_form_changes_nothing_and_says_that_the_earlier_ballot_counts(
    site: Site,
) -> None:
    made = await site.import_(one_poll(closes="2026-05-02T00:00:00Z"))
    ana = await site.signed_in("ana")
    path = path_of(made["p"])
    await ana.submit(path, f"{path}/ballot", option="Abstention")
    site.clock.advance(days=2)

    late = await ana.submit(path, f"{path}/ballot", option="D'accord")
    withdrawn = await ana.submit(path, f"{path}/ballot/withdraw")

    for page in (late, withdrawn):
        assert page.status == 422
        assert "This vote is not open. Your earlier vote still counts." in page.words
    assert "Your vote: Abstention" in (await ana.get(path)).words
