"""Build the dashboard, if anything changed that it is made of; quick when nothing did.

The forms and types of the dashboard are made from the API's own OpenAPI document, so a change of
the API is a reason to build too.

Usage: build_dashboard.py [--only-prepare]   (packages and generated files, without building)
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from functions.api.openapi.document import document
from functions.api.routes.table import all_routes

ROOT = Path(__file__).resolve().parent.parent / "dashboard"
GENERATED = ROOT / "src" / "api" / "generated"
INSTALLED = ROOT / "node_modules" / ".installed"
INDEX = ROOT / "dist" / "index.html"
# Not among what is built: all of that is published.
BUILT = ROOT / "node_modules" / ".built"
SOURCES = ("src", "public", "index.html", "vite.config.ts", "tsconfig.json", "package-lock.json")


class BuildFailed(Exception):
    """What the program said stands above."""


def forms(described: Mapping[str, Any]) -> dict[str, Any]:
    """Cut out of the document what forms need when they run: the shape of what is sent."""
    schemas = described["components"]["schemas"]
    wanted = {name for name in schemas if name.endswith("In")}
    while True:
        named = set(_references({name: schemas[name] for name in wanted}))
        if named <= wanted:
            break
        wanted |= named
    return {
        # In the document's own order: so fields stand in the forms.
        "schemas": {name: schema for name, schema in schemas.items() if name in wanted},
    }


def operations(described: Mapping[str, Any]) -> dict[str, list[str]]:
    """List the methods of each path: a page whose path is missing is not shown."""
    return {path: sorted(methods) for path, methods in described["paths"].items()}


def _references(thing: object) -> Iterator[str]:
    if isinstance(thing, Mapping):
        if isinstance(thing.get("$ref"), str):
            yield thing["$ref"].rsplit("/", 1)[-1]
        for each in thing.values():
            yield from _references(each)
    elif isinstance(thing, list):
        for each in thing:
            yield from _references(each)


def _write(name: str, content: object) -> None:
    """Write a generated file, untouched where nothing changed."""
    text = json.dumps(content, indent=1)
    path = GENERATED / name
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        GENERATED.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fingerprint(generated: str) -> str:
    """Hash everything that the built dashboard is made of."""
    digest = hashlib.sha256(generated.encode())
    for name in SOURCES:
        top = ROOT / name
        paths = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in paths:
            if path.is_file() and GENERATED not in path.parents:
                digest.update(f"{path.relative_to(ROOT)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _npm(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        ["npm", *arguments],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
        raise BuildFailed(f"`npm {' '.join(arguments)}` failed in {ROOT}")


def prepare(described: Mapping[str, Any]) -> None:
    """Install packages, and write what the forms are made from."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if not _says(INSTALLED, lock):
        _say("packages into dashboard/node_modules (half a minute the first time)")
        _npm("ci", "--silent")
        INSTALLED.write_text(lock, encoding="utf-8")
    _write("forms.json", forms(described))
    _write("paths.json", operations(described))


def build() -> None:
    """Build, unless what is there is made of the very same things."""
    described = document(all_routes(), "/")
    wanted = fingerprint(json.dumps([forms(described), operations(described)]))
    if INDEX.is_file() and _says(BUILT, wanted):
        return
    prepare(described)
    _say("building (some ten seconds)")
    _npm("run", "--silent", "build")
    BUILT.write_text(wanted, encoding="utf-8")


def prepare_all() -> None:
    """Make ready for checking and testing: packages, the document, and types made from it."""
    described = document(all_routes(), "/")
    prepare(described)
    before = GENERATED / "openapi.json"
    old = before.read_bytes() if before.is_file() else b""
    _write("openapi.json", described)
    if old != before.read_bytes() or not (GENERATED / "schema.d.ts").is_file():
        _npm("run", "--silent", "types")


def _say(text: str) -> None:
    print(f"[dashboard] {text}", flush=True)  # noqa: T201


def main() -> int:
    """Build or prepare; one sentence for the person who has to mend something."""
    try:
        prepare_all() if "--only-prepare" in sys.argv[1:] else build()
    except BuildFailed as problem:
        _say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
