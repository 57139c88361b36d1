"""Check a mesh from outside, through its REST API alone: is it alive, and does every region probe?

    make smoke URL=https://... TOKEN=smk_... [TARGET=https://example.com]

Creates one monitor, which alerts nobody, and deletes it again. One line per step; where a step
fails, a line that says what to do. Ends with 0 when all is well, else with 1.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

DEFAULT_TARGET = "https://example.com"
USAGE = "usage: make smoke URL=https://... TOKEN=smk_... [TARGET=https://example.com]"
# The API answers within 29 seconds or not at all.
REQUEST_SECONDS = 35
# The first slot comes within two minutes of the monitor's creation, then a probe and its timeout.
PATIENCE_SECONDS = 180.0
PAUSE_SECONDS = 2.0
OK, CREATED, NO_CONTENT, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 201, 204, 401, 403, 404
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Say = Callable[[str], object]


class StepFailed(Exception):
    """A step went wrong.

    Args:
        fact: what was seen.
        advice: what to do now, when it differs from the step's own advice.
    """

    def __init__(self, fact: str, advice: str = "") -> None:
        super().__init__(fact)
        self.advice = advice


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token is for this address only: no other one gets to see it."""

    def redirect_request(self, *_arguments: Any, **_more: Any) -> None:
        return None


@dataclass
class Smoke:
    """One check of one mesh.

    Args:
        url: base address of the API, the stage included.
        patience: seconds to wait for the first results.
        monitor_id: the monitor of this check, as long as there is one.
    """

    url: str
    token: str
    target: str = DEFAULT_TARGET
    patience: float = PATIENCE_SECONDS
    pause: float = PAUSE_SECONDS
    monitor_id: str | None = None
    regions: list[str] = field(default_factory=list)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send one request; an answer that is no JSON counts as an empty one."""
        request = urllib.request.Request(  # noqa: S310 (http and https only, see `problem_of`)
            self.url.rstrip("/") + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.build_opener(_NoRedirects).open(
                request, timeout=REQUEST_SECONDS
            ) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, _json(refused.read())
        except OSError as error:
            raise StepFailed(f"no answer from {self.url}: {error}") from error

    def expect(self, wanted: int, method: str, path: str, body: object = None) -> Any:
        """Send one request that has to be answered with this status."""
        status, answer = self.call(method, path, body)
        if status != wanted:
            detail = answer.get("detail") if isinstance(answer, dict) else None
            raise StepFailed(f"{method} {path} answered {status}: {detail or 'no explanation'}")
        return answer

    def health(self) -> str:
        """Ask whether the parts of the mesh did their work lately."""
        _, answer = self.call("GET", "/health")
        if not isinstance(answer, dict) or "status" not in answer:
            raise StepFailed(f"{self.url}/health does not speak SentinelMesh", "Check URL.")
        ill = [
            f"{name} is {component['status']}"
            for name, component in answer["components"].items()
            if component["status"] != "ok"
        ]
        if answer["status"] == "down":
            raise StepFailed(", ".join(ill) or "down")
        return f"{answer['status']}{' (' + ', '.join(ill) + ')' if ill else ''}"

    def sign_in(self) -> str:
        """See whether the token is taken."""
        status, _ = self.call("GET", "/v1/monitors?limit=1")
        if status != OK:
            raise StepFailed(f"GET /v1/monitors answered {status}")
        return "the token is accepted"

    def create(self) -> str:
        """Add a monitor that is probed often, from everywhere, and tells nobody."""
        wanted = {
            "name": "Smoke test",
            "kind": "http",
            "target": self.target,
            "interval_seconds": 10,
            "timeout_ms": 8000,
            "strategy": "all",
            "channels": [],
            "tags": ["smoke-test"],
        }
        made = self.expect(CREATED, "POST", "/v1/monitors", wanted)
        self.monitor_id, self.regions = made["id"], made["regions"]
        return f"{self.monitor_id} of {self.target}, probed from {', '.join(self.regions)}"

    def await_results(self) -> str:
        """Wait until every region has seen the target work."""

        def look() -> str | StepFailed:
            seen = self._seen()
            if all(seen.get(region, {}).get("outcome") == "success" for region in self.regions):
                return _timings(seen, self.regions)
            return _unseen(seen, self.regions, self.patience)

        return self._patiently(look)

    def await_verdict(self) -> str:
        """Wait until the results have made the monitor up: somebody reads them and decides."""

        def look() -> str | StepFailed:
            status, answer = self.call("GET", f"/v1/monitors/{self.monitor_id}")
            if status == OK and answer["status"] == "up":
                return "the monitor is up"
            return StepFailed(f"still {answer.get('status')} after {self.patience:.0f} s")

        return self._patiently(look)

    def _patiently(self, look: Callable[[], str | StepFailed]) -> str:
        """Look again and again until it is well or patience ends."""
        end = time.monotonic() + self.patience
        while True:
            seen = look()
            if isinstance(seen, str):
                return seen
            if time.monotonic() >= end:
                raise seen
            time.sleep(self.pause)

    def _seen(self) -> dict[str, Any]:
        """Return the best scheduled result of each region; a hiccup of the API is waited out."""
        path = f"/v1/monitors/{self.monitor_id}/results?limit=200"
        status, answer = self.call("GET", path)
        seen: dict[str, Any] = {}
        for result in answer["items"] if status == OK else ():
            known = seen.setdefault(result["region"], result)
            if known["outcome"] != "success":
                seen[result["region"]] = result
        return seen

    def probe_now(self) -> str:
        """Have every region probe at once, as the button in the dashboard does."""
        answer = self.expect(OK, "POST", f"/v1/monitors/{self.monitor_id}/check", {})
        seen = {result["region"]: result for result in answer["items"]}
        if any(seen.get(region, {}).get("outcome") != "success" for region in self.regions):
            raise _unseen(seen, self.regions, REQUEST_SECONDS)
        return _timings(seen, self.regions)

    def delete(self) -> str:
        """Take the monitor away again."""
        path = f"/v1/monitors/{self.monitor_id}"
        self.expect(NO_CONTENT, "DELETE", path)
        self.monitor_id = None
        self.expect(NOT_FOUND, "GET", path)
        return "the monitor is gone"


# What is done, in which order, and what helps when it fails.
STEPS: tuple[tuple[str, Callable[[Smoke], str], str], ...] = (
    ("health", Smoke.health, "Look at the mesh's alarms in CloudWatch and the functions' logs."),
    ("sign in", Smoke.sign_in, "Make an API token with the scope write, and pass it as TOKEN."),
    ("create", Smoke.create, "The answer above says what the API did not like."),
    (
        "results",
        Smoke.await_results,
        "Look at the prober's log in the regions named above; if it is all, at the scheduler's.",
    ),
    (
        "verdict",
        Smoke.await_verdict,
        "Look at the verifier's log, and whether its event sources are enabled.",
    ),
    (
        "probe now",
        Smoke.probe_now,
        "Look at the API's log, and at the prober's in the regions named above.",
    ),
)
AFTERWARDS = ("delete", Smoke.delete, "Delete the monitor 'Smoke test' in the dashboard.")


def run(smoke: Smoke, say: Say) -> bool:
    """Go through all steps until one fails; clean up in any case."""
    well = all(_succeeds(smoke, step, say) for step in STEPS)
    if smoke.monitor_id is not None:
        well = _succeeds(smoke, AFTERWARDS, say) and well
    say("The mesh works." if well else "The mesh does not work as it should.")
    return well


def _succeeds(smoke: Smoke, step: tuple[str, Callable[[Smoke], str], str], say: Say) -> bool:
    name, act, advice = step
    try:
        say(f"ok      {name:<10} {act(smoke)}")
    except StepFailed as failure:
        say(f"FAILED  {name:<10} {failure}")
        say(f"        what to do: {failure.advice or advice}")
        return False
    except (AttributeError, KeyError, TypeError) as error:
        say(f"FAILED  {name:<10} the answer is not what this version of the API gives: {error!r}")
        say("        what to do: take this program from the version that is deployed.")
        return False
    return True


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return {}


def _timings(seen: Mapping[str, Any], regions: list[str]) -> str:
    return ", ".join(f"{region} {seen[region]['latency_ms']:.0f} ms" for region in regions)


def _unseen(seen: Mapping[str, Any], regions: list[str], waited: float) -> StepFailed:
    """Return which regions saw nothing, and which saw the target fail."""
    silent = [region for region in regions if region not in seen]
    failing = [
        f"{region} says {result['outcome']}, {result['error']}: {result['detail']}"
        for region, result in seen.items()
        if result["outcome"] != "success"
    ]
    nothing = [f"nothing within {waited:.0f} s from {', '.join(silent)}"] if silent else []
    advice = "" if silent else "Take a TARGET that answers to everybody, or read the error above."
    return StepFailed("; ".join(nothing + failing), advice)


def problem_of(url: str, token: str) -> str | None:
    """Return what is wrong with the arguments: a token must not travel in the open."""
    parts = urlsplit(url)
    if not url or not token:
        return USAGE
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"URL: {url!r} is no http or https address"
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return "URL: use https, or everybody on the way can read the token"
    return None


def main(environment: Mapping[str, str], say: Say) -> int:
    """Check the mesh that the environment names."""
    url, token = environment.get("URL", ""), environment.get("TOKEN", "")
    problem = problem_of(url, token)
    if problem:
        say(problem)
        return 1
    return 0 if run(Smoke(url, token, environment.get("TARGET") or DEFAULT_TARGET), say) else 1


if __name__ == "__main__":
    sys.exit(main(os.environ, lambda line: print(line, flush=True)))  # noqa: T201
