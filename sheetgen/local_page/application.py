"""The page's addresses, and what is answered there."""

import traceback
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sheetgen.errors import SheetgenError
from sheetgen.files import WORKBOOKS
from sheetgen.local_page.desk import Desk
from sheetgen.local_page.guard import Guard
from sheetgen.local_page.uploads import ARCHIVE, MOST_FILES, REPORT, Batch, Stage, marked_name
from sheetgen.report.page.assets import Assets, joined, report_assets
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.folders import JUDGED, LEFT_OUT

_UNFRAMED = "; frame-ancestors 'none'"


def make_application(desk: Desk, limits: Limits, port: int, token: str) -> Starlette:
    """Return the application.

    Args:
        desk: judges what is dropped.
        limits: how large files may be.
        port: where it is served on 127.0.0.1.
        token: a secret, which the page is told.
    """
    routes = [
        Route("/", _drop_page),
        Route("/batches", _open_batch, methods=["POST"]),
        Route("/batches/{batch}", _progress),
        Route("/batches/{batch}/files", _receive, methods=["POST"]),
        Route("/batches/{batch}/judge", _judge, methods=["POST"]),
        Route("/batches/{batch}/report", _report),
        Route("/batches/{batch}/marked", _all_marked),
        Route("/batches/{batch}/marked/{number:int}", _marked),
    ]
    guard = Middleware(Guard, port=port, token=token)
    app = Starlette(routes=routes, middleware=[guard], exception_handlers={Exception: _fault})
    app.state.desk, app.state.limits, app.state.token = desk, limits, token
    return app


@cache
def _assets() -> Assets:
    package = "sheetgen.local_page"
    style = "\n".join([joined("sheetgen.report.page", ["page.css"]), joined(package, ["drop.css"])])
    return Assets(style, '"use strict";\n' + joined(package, ["entries.js", "drop.js"]))


async def _drop_page(request: Request) -> Response:
    loader = PackageLoader("sheetgen.local_page", "")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    text = environment.get_template("drop.html.jinja").render(
        style=Markup(_assets().style),
        script=Markup(_assets().script),
        token=request.app.state.token,
        judged=" ".join(JUDGED),
        workbooks=",".join(WORKBOOKS),
        left_out=" ".join(LEFT_OUT),
        most_files=MOST_FILES,
        most_bytes=request.app.state.limits.unpacked,
    )
    policy = f"{_assets().policy}; connect-src 'self'{_UNFRAMED}"
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


async def _open_batch(request: Request) -> Response:
    desk: Desk = request.app.state.desk
    return JSONResponse({"batch": desk.open_batch()}, status_code=201)


async def _receive(request: Request) -> Response:
    batch = _batch(request)
    said = request.headers.get("content-length", "")
    size = int(said) if said.isdecimal() else 0
    try:
        await batch.receive(request.query_params.get("name", ""), size, request.stream())
    except SheetgenError as error:
        return JSONResponse({"refused": str(error)}, status_code=422)
    except ClientDisconnect:
        return Response(status_code=400)
    return JSONResponse({"received": len(batch.uploads)}, status_code=201)


async def _judge(request: Request) -> Response:
    batch, desk = _batch(request), request.app.state.desk
    if batch.progress.stage is not Stage.RECEIVING or not batch.uploads:
        raise HTTPException(409, "There is nothing to judge, or it is being judged.")
    desk.judge(batch)
    return Response(status_code=202)


async def _progress(request: Request) -> Response:
    said = asdict(_batch(request).progress)
    del said["marked"]
    return JSONResponse(said)


async def _report(request: Request) -> Response:
    batch = _ready(request)
    policy = report_assets().policy + _UNFRAMED
    headers = {"Content-Security-Policy": policy}
    return FileResponse(batch.folder / REPORT, media_type="text/html; charset=utf-8", headers=headers)


async def _all_marked(request: Request) -> Response:
    return _download(_ready(request).folder / ARCHIVE, ARCHIVE)


async def _marked(request: Request) -> Response:
    batch, number = _ready(request), request.path_params["number"]
    path = dict(batch.progress.marked).get(number)
    if path is None:
        raise HTTPException(404, "There is no marked copy of this file.")
    return _download(path, marked_name(batch.uploads[number], path.suffix).rpartition("/")[2])


def _download(path: Path, name: str) -> Response:
    with suppress(OSError):
        if path.is_file():
            return FileResponse(path, filename=name, media_type="application/octet-stream")
    raise HTTPException(404, "It is no longer there.")


async def _fault(_: Request, error: Exception) -> Response:
    """Show a fault of ours on the terminal, and say on the page that there is one."""
    traceback.print_exception(error)
    return PlainTextResponse("This is a fault of ours; please report what the terminal shows.", status_code=500)


def _batch(request: Request) -> Batch:
    desk: Desk = request.app.state.desk
    batch = desk.batch(request.path_params["batch"])
    if batch is None:
        raise HTTPException(404, "These workbooks are no longer there; drop them again.")
    return batch


def _ready(request: Request) -> Batch:
    batch = _batch(request)
    if batch.progress.stage is not Stage.READY:
        raise HTTPException(404, "The report is not ready.")
    return batch
