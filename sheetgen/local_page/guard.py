"""Who is let in: only the page itself, in a browser on this machine."""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "x-sheetgen-token"
"""The header with the secret that only the page knows; another site's page cannot even send it unasked."""

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_READING = ("GET", "HEAD")


class Guard:
    """Refuses what does not come from the page, and lets no answer be used elsewhere.

    A site whose name is made to point to 127.0.0.1 (DNS rebinding) shows itself by the Host header; a form or script of
    another site by its Origin and by what it cannot know.

    Args:
        app: what answers the rest.
        port: where the page is served on 127.0.0.1.
        token: the page's secret.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", NOTHING)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        if scope["type"] != "http":
            return
        refusal = self._refusal(Headers(scope=scope), scope["method"])
        answer = self._app if refusal is None else PlainTextResponse(refusal, status_code=403)
        await answer(scope, receive, send_guarded)

    def _refusal(self, headers: Headers, method: str) -> str | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return "This page is only served to its own address."
        if method in _READING:
            return None
        if headers.get("origin", f"http://{hosts[0]}") != f"http://{hosts[0]}":
            return "Another page may not send anything here."
        if not secrets.compare_digest(headers.get(TOKEN, "").encode(), self._token.encode()):
            return "This page is of an earlier start; open it again."
        return None
