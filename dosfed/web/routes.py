"""Every path that people ask for, on one page."""

from aiohttp import web

from dosfed.accounts.site import TextPage
from dosfed.web import (
    arguments,
    assets,
    ballot_files,
    ballots,
    changes,
    consultations,
    contests,
    corrections,
    errors,
    forms,
    home,
    interactions,
    meetings,
    moderation,
    namespace,
    new_texts,
    notes,
    objects,
    people,
    proposals,
    reports,
    revisions,
    search,
    site,
    site_texts,
    teams,
    writing,
)
from dosfed.web.accounts import (
    account,
    fediverse,
    leaving,
    second_factor,
    second_step,
    sign_in,
    sign_up,
)
from dosfed.web.admin import routes as admin
from dosfed.web.keeping_up import (
    calendars,
    cards,
    feeds,
    notices,
    sharing,
    subscriptions,
    unsubscribe,
)
from dosfed.web.open_data import catalogues, consultation_data
from dosfed.web.services import add_services

NAME = "{name:[a-z0-9_]{1,64}}"
TOKEN = "{id:[a-zA-Z0-9_.~-]{1,128}}"  # noqa: S105 - a part of a path
LINK = "{token:[A-Za-z0-9_-]{1,64}}"
PLACE = "{place:a-[0-9a-f]{12}}"
ADDRESS = "{address:[a-z0-9_]{1,64}}"
MIRRORED = "{address:[a-z0-9_]{1,64}@[a-z0-9.:\\[\\]-]{1,255}}"
DATA_FILE = "{file:[a-z_]{1,40}\\.(?:csv|json|zip)}"

middlewares = (errors.answer_errors,)


def add_routes(app: web.Application) -> None:
    """Add the pages and forms, and the objects that other servers read at the same paths."""
    add_services(app)
    router = app.router
    router.add_get("/", home.show)
    router.add_get("/robots.txt", home.robots)
    router.add_get("/search", search.show)
    router.add_get("/favicon.ico", assets.favicon)
    router.add_get("/static/{name}", assets.show)
    router.add_get("/theme.css", site.show_theme)
    router.add_get("/media/{name}", site.show_media)
    for text in TextPage:
        router.add_get(f"/{text}", site_texts.show)
    router.add_get("/moderation", moderation.show)
    router.add_get("/ns", namespace.show)
    router.add_get("/catalog.jsonld", catalogues.show_catalogue)
    router.add_get("/data.json", catalogues.show_datos)
    admin.add_routes(router)
    _add_consultations(router)
    _add_proposals(router)
    _add_arguments(router)
    _add_keeping_up(router)
    router.add_get(f"/a/{TOKEN}/{{collection:replies|likes|shares}}", objects.show)
    for kind in "pa":
        router.add_get(f"/{kind}/{TOKEN}/quotes/{{stamp:[A-Za-z0-9_-]{{1,3000}}}}", objects.show)
    for kind in "co":
        place = f"/{kind}/{NAME}/features/{{stamp:[A-Za-z0-9_-]{{1,3000}}}}"
        router.add_get(place, objects.show)
    router.add_get(f"/o/{NAME}", people.show_organiser)
    router.add_get(f"/u/{NAME}", people.show_citizen)
    router.add_get(f"/o/{NAME}/featured", objects.show)
    router.add_get(f"/u/{NAME}/featured", objects.show)
    router.add_get(f"/n/{TOKEN}", notes.show)
    # A look ahead by HEAD must not use the link up, nor somebody's way back.
    router.add_get("/sign-in/fediverse", fediverse.ask)
    router.add_post("/sign-in/fediverse", fediverse.start)
    callback = "/sign-in/fediverse/callback/{host:[a-z0-9._:\\[\\]-]{1,255}}"
    router.add_get(callback, fediverse.finish, allow_head=False)
    router.add_get("/sign-in/{form:code}", forms.leave_form)
    router.add_post("/sign-in/code", second_step.finish)
    router.add_get(f"/sign-in/{LINK}", sign_in.follow_link, allow_head=False)
    router.add_post("/sign-out", sign_in.sign_out)
    _add_accounts(router)
    router.add_get("/interact", interactions.ask)
    router.add_post("/interact", interactions.interact)
    router.add_get("/authorize_interaction", interactions.authorize)


def _add_accounts(router: web.UrlDispatcher) -> None:
    """Add the pages on which people sign up, sign in, and look after their accounts."""
    router.add_get("/sign-up", sign_up.show)
    router.add_post("/sign-up", sign_up.ask)
    router.add_get(f"/sign-up/{LINK}", sign_up.show_waiting)
    router.add_post(f"/sign-up/{LINK}", sign_up.finish)
    router.add_get(f"/invitation/{LINK}", teams.open_invitation)
    router.add_post(f"/invitation/{LINK}", sign_up.accept)
    router.add_post(f"/invitation/{LINK}/accept", teams.accept)
    router.add_get("/sign-in", sign_in.show)
    router.add_post("/sign-in", sign_in.sign_in)
    router.add_get("/forgot", sign_in.show_forgot)
    router.add_post("/forgot", sign_in.forget)
    router.add_get(f"/reset/{LINK}", sign_in.show_reset)
    router.add_post(f"/reset/{LINK}", sign_in.reset)
    router.add_get("/account", account.show)
    router.add_post("/account/preferences", account.prefer)
    router.add_post("/account/name", account.rename)
    router.add_post("/account/password", account.change_password)
    router.add_post("/account/address", account.ask_for_address)
    router.add_get("/account/{form:name|preferences|password|address}", forms.leave_form)
    router.add_get(f"/account/address/{LINK}", account.show_address)
    router.add_post(f"/account/address/{LINK}", account.confirm_address)
    router.add_get("/account/second-factor", second_factor.show)
    router.add_post("/account/second-factor", second_factor.set_up)
    router.add_post("/account/second-factor/prove", second_factor.prove)
    router.add_post("/account/second-factor/codes", second_factor.renew_codes)
    router.add_post("/account/second-factor/remove", second_factor.remove)
    router.add_get("/account/second-factor/{form:prove|codes|remove}", forms.leave_form)
    router.add_get("/account/sessions", account.show_sessions)
    router.add_post("/account/sessions", account.end)
    router.add_get("/account/export", leaving.export)
    router.add_get("/account/delete", leaving.show)
    router.add_post("/account/delete", leaving.delete)


def _add_consultations(router: web.UrlDispatcher) -> None:
    for address in (ADDRESS, MIRRORED):
        router.add_get(f"/c/{address}", consultations.show)
        router.add_get(f"/c/{address}/tallies.json", consultations.show_tallies)
        router.add_get(f"/c/{address}/similar", search.show_similar)
        router.add_get(f"/c/{address}/feed.atom", feeds.show_consultation)
        router.add_get(f"/c/{address}/data", consultation_data.show)
    router.add_get(f"/c/{ADDRESS}/data/{DATA_FILE}", consultation_data.show_file)
    router.add_get(f"/c/{ADDRESS}/history", changes.show_history)
    router.add_get(f"/c/{ADDRESS}/history.atom", changes.show_history_feed)
    router.add_get(f"/c/{ADDRESS}/manage", changes.show)
    router.add_post(f"/c/{ADDRESS}/manage/words", changes.change_words)
    router.add_post(f"/c/{ADDRESS}/manage/details", changes.change_details)
    router.add_post(f"/c/{ADDRESS}/manage/dates", changes.move_dates)
    router.add_post(f"/c/{ADDRESS}/manage/open", changes.open_now)
    router.add_post(f"/c/{ADDRESS}/manage/close", changes.close_now)
    router.add_post(f"/c/{ADDRESS}/manage/withdraw", changes.withdraw)
    router.add_get(
        f"/c/{ADDRESS}/manage/{{form:words|details|dates|open|close|withdraw}}", forms.leave_form
    )
    router.add_get(f"/c/{NAME}/{{collection:featured|context|moderators}}", objects.show)
    for address in (ADDRESS, MIRRORED):
        router.add_get(f"/c/{address}/propose", writing.show)
        router.add_post(f"/c/{address}/propose", writing.write)
        router.add_post(f"/c/{address}/proposals", writing.submit)
        router.add_get(f"/c/{address}/{{form:proposals}}", forms.leave_form)
    router.add_get("/account/writings", account.show_writings)
    router.add_get("/account/drafts", writing.show_drafts)
    router.add_post("/account/drafts/{id:[a-z0-9]{16}}/delete", writing.drop_draft)


def _add_proposals(router: web.UrlDispatcher) -> None:
    for path in (f"/p/{TOKEN}", f"/c/{MIRRORED}/p/{TOKEN}"):
        router.add_get(path, proposals.show)
        router.add_post(f"{path}/ballot", ballots.cast)
        router.add_post(f"{path}/ballot/confirm", ballots.confirm)
        router.add_post(f"{path}/ballot/withdraw", ballots.withdraw)
        router.add_post(f"{path}/arguments", arguments.post)
        router.add_post(f"{path}/weights", arguments.weigh)
        router.add_get(f"{path}/report", reports.show_proposal)
        router.add_post(f"{path}/report", reports.report_proposal)
        router.add_get(
            f"{path}/{{form:ballot|ballot/confirm|ballot/withdraw|arguments|weights}}",
            forms.leave_form,
        )
    router.add_get(f"/p/{TOKEN}/{{collection:context|replies|likes|shares}}", objects.show)
    router.add_post(f"/p/{TOKEN}/accept", proposals.accept)
    router.add_post(f"/p/{TOKEN}/refuse", proposals.refuse)
    router.add_get(f"/p/{TOKEN}/{{form:accept|refuse}}", forms.leave_form)
    router.add_get(f"/polls/{TOKEN}", proposals.show_poll)
    for place in ("p", "polls"):
        router.add_get(f"/{place}/{TOKEN}/ballots.jsonl", ballot_files.show)
    router.add_get(f"/p/{TOKEN}/edit", revisions.ask)
    router.add_post(f"/p/{TOKEN}/edit", revisions.revise)
    router.add_post(f"/p/{TOKEN}/tags", revisions.tag)
    router.add_get(f"/p/{TOKEN}/delete", revisions.ask_to_delete)
    router.add_post(f"/p/{TOKEN}/delete", revisions.delete)
    router.add_get(f"/p/{TOKEN}/versions", revisions.show_versions)
    router.add_get(f"/p/{TOKEN}/versions/{{number:[1-9][0-9]{{0,5}}}}", revisions.show_version)
    router.add_get("/contest", contests.show)
    router.add_post("/contest", contests.contest)
    router.add_get(f"/p/{TOKEN}/correction", corrections.show)
    router.add_post(f"/p/{TOKEN}/correction", corrections.answer)
    router.add_get(f"/p/{TOKEN}/new-text", new_texts.show)
    router.add_post(f"/p/{TOKEN}/new-text/accept", new_texts.accept)
    router.add_post(f"/p/{TOKEN}/new-text/refuse", new_texts.refuse)
    router.add_post(f"/p/{TOKEN}/new-text/drop", new_texts.drop)
    decided = f"/p/{TOKEN}/new-text/{{form:accept|refuse|drop}}"
    router.add_get(decided, forms.leave_form)
    router.add_get(f"/p/{TOKEN}/co-signers", proposals.show_signers)
    router.add_post(f"/p/{TOKEN}/co-sign", proposals.co_sign)
    router.add_get(f"/p/{TOKEN}/{{form:co-sign|tags}}", forms.leave_form)


def _add_arguments(router: web.UrlDispatcher) -> None:
    """Add the pages of single arguments: by their own id, or by their place in a debate."""
    below = f"arguments/{PLACE}"
    for path in (f"/a/{TOKEN}", f"/p/{TOKEN}/{below}", f"/c/{MIRRORED}/p/{TOKEN}/{below}"):
        router.add_get(path, arguments.show)
        router.add_get(f"{path}/history", arguments.show_history)
        router.add_get(f"{path}/report", reports.show_argument)
        router.add_post(f"{path}/report", reports.report_argument)
    router.add_get(f"/a/{TOKEN}/edit", arguments.show_edit)
    router.add_post(f"/a/{TOKEN}/edit", arguments.edit)
    router.add_get(f"/a/{TOKEN}/delete", arguments.show_delete)
    router.add_post(f"/a/{TOKEN}/delete", arguments.delete)


def _add_keeping_up(router: web.UrlDispatcher) -> None:
    router.add_get("/feed.atom", feeds.show_instance)
    router.add_get("/card.png", cards.show_instance)
    for path in ("/actor", "/o/{name}", "/c/{name:[a-z0-9_]{1,64}}"):
        router.add_get(f"{path}/icon.png", cards.show_icon)
    router.add_get("/calendar.ics", calendars.show_instance)
    for address in (ADDRESS, MIRRORED):
        router.add_get(f"/c/{address}/calendar.ics", calendars.show_consultation)
        router.add_get(f"/c/{address}/card.png", cards.show_consultation)
        router.add_get(f"/c/{address}/meetings", meetings.show)
        router.add_get(f"/c/{address}/notes", notes.show_all)
    router.add_post(f"/c/{ADDRESS}/meetings", meetings.plan)
    router.add_post(f"/c/{ADDRESS}/meetings/cancel", meetings.cancel)
    router.add_get(f"/c/{ADDRESS}/meetings/{{form:cancel}}", forms.leave_form)
    router.add_post(f"/c/{ADDRESS}/notes", notes.publish)
    router.add_post(f"/c/{ADDRESS}/notes/withdraw", notes.withdraw)
    router.add_post(f"/c/{ADDRESS}/notes/voice", notes.choose_voice)
    router.add_get(f"/c/{ADDRESS}/notes/{{form:withdraw|voice}}", forms.leave_form)
    router.add_get(f"/c/{NAME}/team", teams.show)
    router.add_post(f"/c/{NAME}/team", teams.invite)
    router.add_post(f"/c/{NAME}/team/withdraw", teams.withdraw)
    router.add_post(f"/c/{NAME}/team/remove", teams.remove)
    router.add_get(f"/c/{NAME}/team/{{form:withdraw|remove}}", forms.leave_form)
    for path in (f"/p/{TOKEN}", f"/c/{MIRRORED}/p/{TOKEN}"):
        router.add_get(f"{path}/feed.atom", feeds.show_proposal)
        router.add_get(f"{path}/card.png", cards.show_proposal)
    router.add_get("/notices", notices.show, allow_head=False)
    router.add_post("/subscriptions", subscriptions.change)
    router.add_get("/share", sharing.ask)
    router.add_post("/share", sharing.share)
    router.add_get(f"/unsubscribe/{LINK}", unsubscribe.ask)
    router.add_post(f"/unsubscribe/{LINK}", unsubscribe.stop)
