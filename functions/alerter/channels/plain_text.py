"""A notice as plain text, for every medium that shows text to people."""

from functions.alerter.notification import Notification


def as_text(notice: Notification) -> str:
    """Write everything that a notice says, one fact a line."""
    lines = [notice.mark, ""] if notice.mark else []
    lines += [notice.title, "", notice.sentence, ""]
    lines += [f"{label + ':':<16}{value}" for label, value in notice.facts()]
    links = notice.links()
    if links:
        lines += ["", *(f"{label + ':':<20}{address}" for label, address in links)]
    return "\n".join(lines) + "\n"
