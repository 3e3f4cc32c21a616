"""Every page that there is, by who may read it, and what is at the other paths."""

import re

# Nobody, or who is signed in; then where each page is. Names in braces are those of `fill`.
PAGES: dict[str, tuple[str, ...]] = {
    "": (
        "/",
        "/?show=coming",
        "/c/quais",
        "/c/quais?q=quai&show=open&sort=newest",
        "/c/quais?tag=mobilité",
        "/c/trees",
        "/c/quais/meetings",
        "/c/quais/propose",
        "/c/costanera@ar.example",
        "/c/costanera@ar.example/meetings",
        "/search?q=quai",
        "/search",
        "/o/mairie",
        "{droite}",
        "{droite}/versions",
        "{droite}/versions/1",
        "{droite}/versions/2",
        "{droite}/co-signers",
        "{navette}",
        "{lavoir}",
        "{mirrored}",
        "{own}",
        "{own}/history",
        "{insult}",
        "/interact?uri={base}{droite}",
        "/authorize_interaction?uri=https://nowhere.example/x",
        "/share?uri={base}{droite}",
        "/sign-in",
        "/sign-in/fediverse",
        "/sign-in/{unknown}",
        "/sign-up",
        "/sign-up/sent",
        "{sign_up}",
        "{invitation}",
        "/forgot",
        "/forgot/sent",
        "{reset}",
        "{unsubscribe}",
        "/about",
        "/terms",
        "/privacy",
        "/accessibility",
        "/moderation",
        "/nowhere",
    ),
    "ana": (
        "/",
        "/c/quais",
        "/c/quais?show=unvoted&sort=random",
        "/c/quais/propose",
        "/c/costanera@ar.example/propose",
        "/account",
        "/account/drafts",
        "/account/sessions",
        "/account/delete",
        "{address}",
        "{droite}",
        "{chantier}",
        "{usages}",
        "{navette}",
        "{bancs}",
        "{mirrored}",
        "{fountain}/delete",
        "{own}",
        "{own}/edit",
        "{own}/delete",
        "{insult}/report",
        "/notices",
        "/u/ana",
    ),
    "oscar": (
        "/c/quais",
        "/c/quais/meetings",
        "{bancs}/edit",
        "/admin",
        "/admin/site",
        "/admin/languages",
        "/admin/texts",
        "/admin/texts/about/fr",
        "/admin/people",
        "/admin/invitations",
        "/admin/blocks",
        "/admin/reports",
        "{hide}",
        "/admin/deliveries",
        "/admin/reports?state=answered",
        "/admin/deliveries?state=dead",
        "/admin/mail",
    ),
}
# Forms that are refused when they are sent empty: where they stand, and where they go.
FORMS: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("/interact?uri={base}{droite}", "/interact"),
        ("/share?uri={base}{droite}", "/share"),
        ("/sign-in", "/sign-in"),
        ("/sign-in/fediverse", "/sign-in/fediverse"),
        ("/sign-up", "/sign-up"),
        ("/forgot", "/forgot"),
        ("{sign_up}", "{sign_up}"),
        ("{reset}", "{reset}"),
    ),
    "ana": (
        ("{droite}", "{droite}/arguments"),
        ("{chantier}", "{chantier}/ballot/confirm"),
        ("{own}/edit", "{own}/edit"),
        ("{insult}/report", "{insult}/report"),
        ("/c/quais/propose", "/c/quais/proposals"),
        ("/account", "/account/password"),
        ("/account", "/account/address"),
        ("/account/delete", "/account/delete"),
    ),
    "oscar": (
        ("/c/quais/meetings", "/c/quais/meetings"),
        ("{bancs}/edit", "{bancs}/edit"),
        ("/admin/site", "/admin/site"),
        ("/admin/site", "/admin/site/logo"),
        ("/admin/blocks", "/admin/blocks"),
        ("/admin/blocks", "/admin/blocks/import"),
    ),
}
# What the others answer with is 200.
STATUS = {
    "/nowhere": 404,
    "/authorize_interaction?uri=https://nowhere.example/x": 404,
    "/sign-in/{unknown}": 410,
}
# Files, feeds, pictures; documents of the protocol; paths that only lead elsewhere; a part of a
# page; and the pages of arguments at a second path, for those that have none on this host.
NO_PAGES = re.compile(
    r".*\.(atom|ics|png|json|css|csv|txt|ico)|/(static|media)/.*|/account/export"
    r"|/\.well-known/.*|/nodeinfo/.*|/ns|/activities/.*|/actor(/.*)?|/n/.*"
    r"|.*/(outbox|followers|following|featured|\{collection\}|\{stamp\})"
    r"|.*/\{form\}|/polls/\{id\}|/sign-in/fediverse/callback/.*|.*/similar"
    r"|.*/arguments/\{place\}(/history|/report)?"
)
