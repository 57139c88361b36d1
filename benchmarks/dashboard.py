"""How quick the dashboard is: from its address to its first use, and scrolling 1,000 monitors.

Start a mesh first (`make run DEMO=1`), then `make bench-pages`. The thousand are the
mesh's own monitors, shown to the page again and again under other ids.

Beside each other in the same run: the frames of the list, and those of an empty page of its height.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.report import Bar, Report
from tests.browser.person import Person, chromium

RUN = Path(".local/run.json")
MANY = 1000
ROUNDS = 5
STEPS = 120
EMPTY = f"data:text/html,<body style='margin:0;height:{MANY * 52}px'>"
FRAMES = """
() => new Promise(done => {
  const times = [];
  const next = at => {
    times.push(at);
    window.scrolling ? requestAnimationFrame(next) : done(times);
  };
  window.scrolling = true;
  requestAnimationFrame(next);
})
"""


def main() -> int:
    """Measure the mesh that runs here, print and keep."""
    if not RUN.exists():
        print("No mesh is running here: start one with `make run DEMO=1` in another terminal.")
        return 1
    program = chromium()
    if program is None:
        print("There is no Chromium: install it (Debian: apt-get install chromium).")
        return 1
    run = json.loads(RUN.read_text())
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        report = measure(browser, run)
        browser.close()
    report.save()
    print(report.text())
    return 0


def measure(browser: Browser, run: dict[str, Any]) -> Report:
    """Open, sign in and scroll."""
    report = Report(
        name="dashboard",
        title=f"The dashboard in {browser.version}, ms; opening: {ROUNDS} fresh browsers",
        columns=("", "median", "p95", "most"),
    )
    opened, used = zip(*(_opening(browser, run) for _ in range(ROUNDS)), strict=True)
    report.rows += [("address to sign-in form", *_figures(opened))]
    report.rows += [("sign-in to list", *_figures(used))]
    with Person.before(browser, run["url"]) as somebody:
        _show_many(somebody.page)
        somebody.sign_in(run["email"], run["password"])
        somebody.page.locator(f"ul[aria-label='{MANY} monitors']").wait_for()
        frames = _scrolling(somebody.page)
        somebody.page.unroute_all(behavior="ignoreErrors")
        somebody.page.goto(EMPTY)
        floor = _scrolling(somebody.page)
    report.rows += [(f"frames, {MANY} monitors", *_figures(frames))]
    report.rows += [("frames, an empty page", *_figures(floor))]
    report.bars += [
        Bar(name="ms from the address to the sign-in form", figure=median(opened), most=1000),
        Bar(
            name="p95 of frames over that of an empty page",
            figure=_figures(frames)[1] / _figures(floor)[1],
            most=2,
        ),
    ]
    return report


def _opening(browser: Browser, run: dict[str, Any]) -> tuple[float, float]:
    with Person.before(browser, run["url"]) as somebody:
        began = time.perf_counter()
        somebody.page.goto(run["url"])
        somebody.page.get_by_label("Mail address").fill(run["email"])
        opened = time.perf_counter()
        somebody.page.get_by_label("Password").fill(run["password"])
        somebody.press("Sign in")
        somebody.page.locator(".monitor").first.wait_for()
        return (opened - began) * 1000, (time.perf_counter() - opened) * 1000


def _show_many(page: Page) -> None:
    """Answer for the API: with as many monitors as are wanted, each one of the real ones."""

    def overview(route: Route) -> None:
        body = route.fetch().json()
        items = body["items"]
        copies = (items[each % len(items)] for each in range(MANY))
        body["items"] = [
            {**each, "id": f"{each['id']}~{place}", "name": f"{each['name']} {place}"}
            for place, each in enumerate(copies)
        ]
        route.fulfill(json=body)

    def trends(route: Route) -> None:
        ids = parse_qs(urlsplit(route.request.url).query)["ids"][0].split(",")
        real = ",".join({each.partition("~")[0] for each in ids})
        body = route.fetch(url=route.request.url.partition("?")[0] + f"?ids={real}").json()
        known = {each["id"]: each for each in body["items"]}
        found = ((each, known.get(each.partition("~")[0])) for each in ids)
        body["items"] = [{**trend, "id": each} for each, trend in found if trend]
        route.fulfill(json=body)

    page.route("**/v1/overview", overview)
    page.route("**/v1/overview/trends?*", trends)


def _scrolling(page: Page) -> list[float]:
    """Turn the wheel; give the time between frames."""
    page.mouse.move(400, 500)
    page.evaluate(f"() => {{ window.frames_ = ({FRAMES})(); }}")
    for _ in range(STEPS):
        page.mouse.wheel(0, 260)
    stop = "() => { window.scrolling = false; return window.frames_; }"
    times: list[float] = page.evaluate(stop)
    return [after - before for before, after in pairwise(times)]


def _figures(found: Any) -> tuple[float, float, float]:
    values = list(found)
    return median(values), quantiles(values, n=20)[-1], max(values)


if __name__ == "__main__":
    sys.exit(main())
