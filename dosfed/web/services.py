"""What pages ask the application for, beside what the protocol's routes ask for."""

import asyncio
from datetime import timedelta

from aiohttp import web
from markupsafe import Markup

from dosfed.accounts.passwords import Passwords
from dosfed.accounts.secrets import Vault
from dosfed.accounts.site import Site
from dosfed.activitypub.throttle import Throttle
from dosfed.acts.submission import House
from dosfed.context import INSTANCE, SETTINGS
from dosfed.shown.consultation_pages import ConsultationPage
from dosfed.shown.proposal_pages import SharedProposal
from dosfed.web.assets import ASSETS, load_assets
from dosfed.web.cache import Cache, Recent
from dosfed.web.open_data.files import DATA_FILES, DataFiles
from dosfed.web.rendering import TEMPLATES, Templates
from dosfed.web.session import SEEN
from dosfed.web.site import SITE, CurrentSite, load_at_start
from dosfed.web.uploads import PICTURES

HOUSE = web.AppKey("house", House)
CACHE = web.AppKey("cache", Cache)
PROPOSALS = web.AppKey("proposals", Recent[SharedProposal | None])
CONSULTATIONS = web.AppKey("consultations", Recent[tuple[ConsultationPage, Markup] | None])
SEARCHED = web.AppKey("searched", Recent[Markup])
HOMES = web.AppKey("homes", Recent[Markup])
# As many as somebody who types fast may cause: a page is asked for what is similar meanwhile.
SEARCHES = web.AppKey("searches", Throttle)
SEARCHES_PER_MINUTE = 120
# "Vote from your account" makes this server ask another one.
INTERACTIONS = web.AppKey("interactions", Throttle)
INTERACTIONS_PER_MINUTE = 10
# So does signing in with an account of another server. An assembly may share one address, and
# many of its people one server.
SIGN_INS = web.AppKey("sign_ins", Throttle)
SIGN_INS_PER_MINUTE = 30
SERVERS_ASKED = web.AppKey("servers_asked", Throttle)
ASKED_PER_MINUTE = 120
VAULT = web.AppKey("vault", Vault)
# A share card takes a thread and a few megabytes while it is drawn.
DRAWING = web.AppKey("drawing", asyncio.Semaphore)
DRAWN_AT_ONCE = 2
# Each change of a name is sent to every server that knows somebody.
RENAMES = web.AppKey("renames", Throttle)
RENAMES_PER_HOUR = 10
TEST_MAILS = web.AppKey("test_mails", Throttle)
TEST_MAILS_PER_HOUR = 10

# Argon2id is slow on purpose, and takes megabytes each time.
PASSWORDS = web.AppKey("passwords", Passwords)
# Guesses at a password: by one client, which may be an assembly; by one client at one account;
# at one account by all together. The last is far from the second: whoever wants to keep somebody
# out must do it from many networks.
GUESSES_BY = web.AppKey("guesses_by", Throttle)
GUESSES_AT = web.AppKey("guesses_at", Throttle)
GUESSES_OF_ALL = web.AppKey("guesses_of_all", Throttle)
GUESSES_BY_CLIENT, GUESSES_AT_ACCOUNT = 200, 10
GUESS_SECONDS = 600
GUESSES_BY_ALL, SIEGE_SECONDS = 100, 3_600
# Codes of a second factor by all together, after the right password. Three of a million count at a
# time: at thirty a day somebody needs decades. However often the password changes meanwhile, three
# times as many.
CODES_OF_ALL = web.AppKey("codes_of_all", Throttle)
CODES_BY_ALL, PASSWORDS_TRIED, CODE_SECONDS = 30, 3, 86_400
# Mails that anybody can make us send: asked for by one client, and to one address.
MAILS_BY = web.AppKey("mails_by", Throttle)
MAILS_TO = web.AppKey("mails_to", Throttle)
MAILS_BY_CLIENT, MAILS_TO_ADDRESS = 100, 5
# And by all clients together, to addresses that may never have heard of us: 300 in all.
MAILS_OF_ALL = web.AppKey("mails_of_all", Throttle)
RESETS_OF_ALL = web.AppKey("resets_of_all", Throttle)
SIGN_UPS_BY_ALL, RESETS_BY_ALL = 240, 60
# Half of them are for clients that ask for few, so that no crowd of addresses keeps others out.
SIGN_UPS_BY_CROWDS, FEW_SIGN_UPS = 120, 4
MAIL_SECONDS = 3_600
# What one person sends who is signed in (rule 6.11): what others then read, ballots, the rest.
WRITINGS = web.AppKey("writings", Throttle)
BALLOTS = web.AppKey("ballots", Throttle)
ACTS = web.AppKey("acts", Throttle)
# Reports by people who are not signed in, of one client and of all.
STRANGERS = web.AppKey("strangers", Throttle)
MOST_OF_STRANGERS = 10
MOST_WRITINGS, MOST_BALLOTS, MOST_ACTS = 30, 1_200, 300
ACT_SECONDS = 600


def add_services(app: web.Application) -> None:
    """Put together what pages need; settings and instance are there already."""
    settings, instance = app[SETTINGS], app[INSTANCE]
    app[ASSETS] = load_assets()
    app[TEMPLATES] = Templates(settings, instance, app[ASSETS])
    app[CACHE] = Cache()
    app[SEEN] = {}
    app[PROPOSALS] = Recent(app[CACHE])
    app[CONSULTATIONS] = Recent(app[CACHE])
    app[HOMES] = Recent(app[CACHE])
    app[SEARCHED] = Recent(app[CACHE])
    app[SEARCHES] = Throttle(limit=SEARCHES_PER_MINUTE, seconds=60)
    app[SITE] = CurrentSite(Site(name=instance.host))
    app.on_startup.append(load_at_start)
    app[INTERACTIONS] = Throttle(limit=INTERACTIONS_PER_MINUTE, seconds=60)
    app[SIGN_INS] = Throttle(limit=SIGN_INS_PER_MINUTE, seconds=60)
    app[SERVERS_ASKED] = Throttle(limit=ASKED_PER_MINUTE, seconds=60)
    app[VAULT] = Vault(settings)
    app[PASSWORDS] = Passwords()
    app[GUESSES_BY] = Throttle(limit=GUESSES_BY_CLIENT, seconds=GUESS_SECONDS)
    app[GUESSES_AT] = Throttle(limit=GUESSES_AT_ACCOUNT, seconds=GUESS_SECONDS)
    app[GUESSES_OF_ALL] = Throttle(limit=GUESSES_BY_ALL, seconds=SIEGE_SECONDS)
    app[CODES_OF_ALL] = Throttle(limit=CODES_BY_ALL, seconds=CODE_SECONDS)
    app[MAILS_BY] = Throttle(limit=MAILS_BY_CLIENT, seconds=MAIL_SECONDS)
    app[MAILS_OF_ALL] = Throttle(limit=SIGN_UPS_BY_ALL, seconds=MAIL_SECONDS)
    app[RESETS_OF_ALL] = Throttle(limit=RESETS_BY_ALL, seconds=MAIL_SECONDS)
    app[MAILS_TO] = Throttle(limit=MAILS_TO_ADDRESS, seconds=MAIL_SECONDS)
    app[WRITINGS] = Throttle(limit=MOST_WRITINGS, seconds=ACT_SECONDS)
    app[BALLOTS] = Throttle(limit=MOST_BALLOTS, seconds=ACT_SECONDS)
    app[ACTS] = Throttle(limit=MOST_ACTS, seconds=ACT_SECONDS)
    app[STRANGERS] = Throttle(limit=MOST_OF_STRANGERS, seconds=ACT_SECONDS)
    app[RENAMES] = Throttle(limit=RENAMES_PER_HOUR, seconds=3_600)
    app[TEST_MAILS] = Throttle(limit=TEST_MAILS_PER_HOUR, seconds=3_600)
    app[DATA_FILES] = DataFiles(settings.data_dir)
    app[PICTURES] = asyncio.Semaphore(1)
    app[DRAWING] = asyncio.Semaphore(DRAWN_AT_ONCE)
    app[HOUSE] = House(instance=instance, tally_interval=timedelta(seconds=settings.tally_interval))
