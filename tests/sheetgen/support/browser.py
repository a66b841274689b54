"""A headless Chromium for tests of pages; each page fails on any error in its console."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.conftest import give_up, require_program

SERIOUS = ("serious", "critical")


@contextmanager
def open_browser() -> Iterator[Any]:
    """Start Chromium; skip where it or Playwright is missing."""
    program = require_program("chromium")
    if find_spec("playwright") is None:
        give_up("playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # root has no sandbox; containers often have little shared memory
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Any, address: str | Path, **settings: Any) -> Iterator[Any]:
    """Open a page; what it says in the console as an error, or asks the network for, is a failure of the test."""
    complaints: list[str] = []
    place = address.as_uri() if isinstance(address, Path) else address
    origin = place.split("/")[:3]

    def on_request(asked: Any) -> None:
        if asked.url.split("/")[:3] != origin and not asked.url.startswith("data:"):
            complaints.append(f"asked for {asked.url}")

    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)
    page.goto(place)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def violations(page: Any) -> list[str]:
    """Let axe-core judge a page as it stands; return its serious violations."""
    place = os.environ.get("AXE_CORE", "")
    if not Path(place).is_file():
        give_up("axe-core is not installed, or AXE_CORE does not say where its axe.min.js is")
    page.evaluate(Path(place).read_text(encoding="utf-8"))  # not as a script element, which the page's policy forbids
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {node['html'][:200]}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
        for node in found["nodes"]
    ]
