"""What a start checks, remembers and refuses."""

import io
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.api.schemas.monitor import MonitorIn
from functions.prober.probes.registry import PROBES
from local import demo, state_folder
from local.deployment import fingerprint
from local.embedded_aws import scheduled_event
from local.errors import AlreadyRunning, MissingPrerequisite, PortInUse
from local.first_user import new_password
from local.http_server import bound_socket
from local.mesh import front_socket
from local.mesh_facts import MeshFacts, facts_of
from local.options import Options, read_options
from local.prerequisites import check
from local.progress import Progress
from local.targets.server import PORT_NAMES, TargetAddresses


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return replace(read_options([], {}), root=tmp_path, state=tmp_path / "state")


def test_a_missing_or_old_node_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match=r"^Node\.js 20 or newer is needed and was not"):
        check(tmp_path, node_version=lambda: None)
    with pytest.raises(MissingPrerequisite, match=r"found v18\.1\.0: install"):
        check(tmp_path, node_version=lambda: "v18.1.0")


def test_an_old_python_and_a_missing_cdk_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match=r"Python 3\.11 or newer is needed, found 3\.9"):
        check(tmp_path, python=(3, 9), node_version=lambda: "v20.0.0")
    with pytest.raises(MissingPrerequisite, match="CDK command line is not installed"):
        check(tmp_path, node_version=lambda: "v20.0.0")


@pytest.mark.enable_socket
def test_a_port_in_use_is_told_with_a_way_out(options: Options) -> None:
    with bound_socket(0) as taken:
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(PortInUse, match=rf"Port {port} is in use .* PORT={port + 1}"):
            front_socket(replace(options, port=port))


def test_two_meshes_cannot_share_a_state_folder(options: Options) -> None:
    with state_folder.owned(options):
        with pytest.raises(AlreadyRunning, match="is starting on this state folder"):
            state_folder.owned(options).__enter__()
        options.run_file.write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": 7}))
        with pytest.raises(AlreadyRunning, match=r"runs already at http://127\.0\.0\.1:1"):
            state_folder.owned(options).__enter__()
    with state_folder.owned(options):
        pass


@pytest.mark.enable_socket
def test_ports_stay_the_same_while_they_are_free(options: Options) -> None:
    options.state.mkdir()
    first = state_folder.steady_ports(options, ("targets", "door"))
    assert state_folder.steady_ports(options, ("targets", "door")) == first
    assert len(set(first.values())) == 2
    with bound_socket(first["door"]) as taken:
        taken.listen()
        second = state_folder.steady_ports(options, ("targets", "door"))
    assert second["targets"] == first["targets"]
    assert second["door"] != first["door"]


def test_fresh_forgets_everything_that_was_stored(options: Options) -> None:
    options.state.mkdir()
    state_folder.prepare(options)
    (options.aws / "snapshot-000001.pickle").write_text("x")
    (options.state / "login.json").write_text("{}")
    state_folder.prepare(options)
    assert (options.aws / "snapshot-000001.pickle").exists()
    state_folder.prepare(replace(options, fresh=True))
    assert list(options.aws.iterdir()) == []
    assert not (options.state / "login.json").exists()


def test_scratch_files_of_a_killed_mesh_are_wiped(options: Options) -> None:
    options.temporary.mkdir(parents=True)
    (options.temporary / "left-behind").write_text("x")
    state_folder.prepare(options)
    assert list(options.temporary.iterdir()) == []


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "login.json"
    state_folder.write_private_json(path, {"password": "x"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert state_folder.read_json(path) == {"password": "x"}
    assert state_folder.read_json(tmp_path / "missing") == {}


def test_only_what_is_deployed_changes_the_fingerprint(tmp_path: Path) -> None:
    code = tmp_path / "functions" / "api" / "handler.py"
    code.parent.mkdir(parents=True)
    code.write_text("a")
    first = fingerprint(tmp_path, ("http://127.0.0.1:8080",))
    (tmp_path / "README.md").write_text("words")
    cache = code.parent / "__pycache__"
    cache.mkdir()
    (cache / "handler.pyc").write_text("x")
    assert fingerprint(tmp_path, ("http://127.0.0.1:8080",)) == first
    assert fingerprint(tmp_path, ("http://127.0.0.1:8081",)) != first
    code.write_text("b")
    assert fingerprint(tmp_path, ("http://127.0.0.1:8080",)) != first


def test_flags_win_over_the_environment() -> None:
    options = read_options(["--port", "9"], {"PORT": "8", "FRESH": "1", "LOG": "json", "DEMO": "0"})
    assert (options.port, options.fresh, options.json_log, options.demo) == (9, True, True, False)
    assert read_options([], {}).port == 8080


def test_home_comes_first_and_only_once() -> None:
    facts = facts_of({"home_region": "b", "regions": ["a", "b", "c"]})
    assert facts == MeshFacts("sentinelmesh", "b", ("a", "b", "c"))
    assert facts.all_regions == ("b", "a", "c")


def test_the_synthetic_tick_is_the_minutes_own_event() -> None:
    event = scheduled_event(datetime(2026, 1, 1, 12, 30, tzinfo=UTC), "eu-west-1")
    assert event["time"] == "2026-01-01T12:30:00Z"
    assert event["source"] == "aws.events"


def test_a_password_satisfies_any_policy() -> None:
    password = new_password()
    assert len(password) >= 12
    for wanted in (str.isupper, str.islower, str.isdigit):
        assert any(map(wanted, password))
    assert "-" in password
    assert new_password() != password


def test_each_step_says_how_long_it_took() -> None:
    printed = io.StringIO()
    progress = Progress(printed)
    with progress.step("Waiting"):
        pass
    with pytest.raises(ValueError, match="x"), progress.step("Breaking"):
        raise ValueError("x")
    waiting, breaking = printed.getvalue().splitlines()
    assert waiting.split() == ["Waiting", "0.0", "s"]
    assert breaking.split() == ["Breaking", "failed"]


def test_the_demonstration_has_the_three_channels_and_one_monitor_that_breaks() -> None:
    channels = demo.channels("http://127.0.0.1:1/receivers")
    assert [channel["kind"] for channel in channels] == ["email", "slack", "webhook"]
    addresses = TargetAddresses.of(dict.fromkeys(PORT_NAMES, 1))
    monitors = demo.monitors(addresses, ["ch_1"])
    assert monitors[0]["target"] == f"http://127.0.0.1:1/switch/{demo.BREAKING}"
    assert {monitor["kind"] for monitor in monitors} == set(PROBES), "one of every kind"
    for monitor in monitors:
        MonitorIn.model_validate(monitor)
    assert all(monitor["timeout_ms"] < monitor["interval_seconds"] * 1000 for monitor in monitors)
