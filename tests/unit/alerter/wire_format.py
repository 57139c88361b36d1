"""What leaves for each provider, to the byte: kept in files beside this one.

`python -m tests.unit.alerter.wire_format` writes them anew; read what changed before you keep it.
"""

import re
from dataclasses import replace
from pathlib import Path

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind
from tests.unit.alerter.kinds import KINDS, deliver
from tests.unit.alerter.notices import a_group_notice, a_notice, an_unknown_notice
from tests.unit.alerter.provider import HEAD_END, a_provider

FOLDER = Path(__file__).parent / "wire"


def notices() -> dict[str, Notification]:
    """The messages of an outage and its end, as far as they take different forms."""
    content = replace(a_notice().content, runbook_url="https://wiki.example/shop?a=1&b=(2)")
    over = a_notice(kind=AlertKind.RESOLVED)
    ended = replace(over.content, failed_probes="18")
    return {
        "opened": a_notice(content=content),
        "resolved": replace(over, content=ended, key=over.key.replace("opened", "resolved")),
        "combined": replace(over, content=ended, combined=True),
        "unknown": an_unknown_notice(),
        "known_again": an_unknown_notice(kind=AlertKind.RESOLVED),
        "group": a_group_notice(),
        "group_updated": a_group_notice(added=3, key="grp_1.opened.ch_1.1"),
        "group_partly_over": a_group_notice(over=9),
        "group_over": a_group_notice(over=12),
        "test": a_notice(test=True, key="test.ch_1.2026-01-01T12:00:00Z"),
    }


def written(kind: str, notice: Notification) -> bytes:
    """Return the requests that a notice becomes, the port aside, which is another each time."""
    with a_provider() as provider:
        deliver(kind, provider, notice)
        return b"\n\n".join(mask_port(raw, provider.port) for raw in provider.requests) + b"\n"


def mask_port(raw: bytes, port: int) -> bytes:
    """Return a request with its lines ended as in a file, and without the provider's port."""
    address = re.compile(rb"(127\.0\.0\.1:)%d(?!\d)" % port)
    head, _, body = address.sub(rb"\1PORT", raw).partition(HEAD_END)
    return head.replace(b"\r\n", b"\n") + b"\n\n" + body


def main() -> None:
    """Write all files."""
    for kind in KINDS:
        for name, notice in notices().items():
            (FOLDER / f"{kind}.{name}.http").write_bytes(written(kind, notice))


if __name__ == "__main__":
    main()
