"""What pages ask the application for, beside what the protocol's routes ask for."""

from datetime import timedelta

from aiohttp import web

from dosfed.accounts.site import Site
from dosfed.activitypub.services import INSTANCE, SETTINGS
from dosfed.activitypub.throttle import Throttle
from dosfed.acts.submission import House
from dosfed.web.assets import ASSETS, load_assets
from dosfed.web.cache import Cache
from dosfed.web.rendering import TEMPLATES, Templates
from dosfed.web.site import SITE, CurrentSite, load_at_start

HOUSE = web.AppKey("house", House)
CACHE = web.AppKey("cache", Cache)
# "Vote from your account" makes this server ask another one.
INTERACTIONS = web.AppKey("interactions", Throttle)
INTERACTIONS_PER_MINUTE = 10


def add_services(app: web.Application) -> None:
    """Put together what pages need; settings and instance are there already."""
    settings, instance = app[SETTINGS], app[INSTANCE]
    app[ASSETS] = load_assets()
    app[TEMPLATES] = Templates(settings, instance, app[ASSETS])
    app[CACHE] = Cache()
    app[SITE] = CurrentSite(Site(name=instance.host))
    app.on_startup.append(load_at_start)
    app[INTERACTIONS] = Throttle(limit=INTERACTIONS_PER_MINUTE, seconds=60)
    app[HOUSE] = House(instance=instance, tally_interval=timedelta(seconds=settings.tally_interval))
