"""What a probe costs: CPU beside the least that is possible and beside blackbox_exporter."""

from statistics import median

from benchmarks.probe_contenders import BLACKBOX, Contender, blackbox, floor, ours
from benchmarks.probe_target import Target, running_target
from benchmarks.report import Bar, Report

AT_ONCE = (1, 10, 50)
PROBES = 300
ROUNDS = 3
MAX_RATIO = 2.0

Figures = dict[str, float]


def measure() -> Report:
    """Let all contenders probe the same server in turn."""
    with running_target() as target:
        return _measured(target)


def _measured(target: Target) -> Report:
    report = Report(
        name="probe_cost",
        title=f"CPU ms per probe of {target.kind} on the loopback, {ROUNDS} x {PROBES} probes",
        columns=("", "ours", "floor", "blackbox", "ours / floor", "ours / blackbox"),
    )
    with blackbox(target) as peer:
        contenders = {"ours": ours(target), "floor": floor(target)}
        if peer:
            contenders["blackbox"], asking = peer
            report.remarks.append(
                f"blackbox_exporter takes {asking:.2f} ms to be asked anything; that is taken off."
            )
        else:
            report.remarks.append(f"Install {BLACKBOX} (Debian) to see it beside ours.")
            asking = 0.0
        for scheme in ("http", "https"):
            for at_once in AT_ONCE:
                figures = _in_turn(contenders, scheme, at_once)
                if peer:
                    figures["blackbox"] -= asking
                _add(report, scheme, at_once, figures)
    return report


def _in_turn(contenders: dict[str, Contender], scheme: str, at_once: int) -> Figures:
    """Return each contender's median over rounds in which all take their turn."""
    rounds = [
        {name: contend(scheme, at_once, PROBES) for name, contend in contenders.items()}
        for _ in range(ROUNDS)
    ]
    return {name: median(each[name] for each in rounds) for name in contenders}


def _add(report: Report, scheme: str, at_once: int, figures: Figures) -> None:
    own, least, peer = figures["ours"], figures["floor"], figures.get("blackbox")
    ratio = own / peer if peer else None
    report.rows.append((f"{scheme}, {at_once} at once", own, least, peer, own / least, ratio))
    if scheme == "https" and ratio is not None:
        name = f"https, {at_once} at once, over blackbox_exporter"
        report.bars.append(Bar(name=name, figure=ratio, most=MAX_RATIO))
