"""Brings one local mesh up, step by step, keeps it running, and takes it down."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from local import demo, emulator_environment, prerequisites, state_folder
from local.deployment import Deployment, fingerprint
from local.embedded_aws import EmbeddedAws
from local.emulator_process import EmulatorProcess
from local.errors import PortInUse
from local.first_user import Login, ensure_login
from local.front.server import Front
from local.http_server import bound_socket
from local.log.follow import LiveLog
from local.loopback import BINDING_ADDRESS
from local.mesh_facts import MeshFacts, read_facts
from local.options import Options
from local.progress import Progress
from local.supervision import Supervisor, parent_has_ended
from local.targets.server import PORT_NAMES, Targets


@dataclass(frozen=True)
class Parts:
    """Everything that runs."""

    options: Options
    facts: MeshFacts
    progress: Progress
    front: Front
    targets: Targets
    emulator: EmulatorProcess

    @property
    def url(self) -> str:
        """The one origin."""
        return f"http://{BINDING_ADDRESS}:{self.front.port}"

    @property
    def aws(self) -> EmbeddedAws:
        """Calls to the embedded AWS."""
        return EmbeddedAws(self.emulator.url, self.facts)


async def run(options: Options) -> None:
    """Run a mesh until Ctrl-C, a termination signal, or the end of the parent asked for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    prerequisites.check(options.root)
    with state_folder.owned(options):
        state_folder.prepare(options)
        async with _parts(options) as parts:
            work = asyncio.create_task(_live(parts))
            waiting = [work, asyncio.create_task(stop.wait())]
            if options.parent is not None:
                waiting.append(asyncio.create_task(parent_has_ended(options.parent)))
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            if not work.cancelled():
                work.result()
            parts.progress.say("Stopping ...")


@contextlib.asynccontextmanager
async def _parts(options: Options) -> AsyncIterator[Parts]:
    facts = read_facts(options.root)
    ports = state_folder.steady_ports(options, (*PORT_NAMES, "emulator"))
    front = Front(
        front_socket(options),
        f"http://{BINDING_ADDRESS}:{ports['emulator']}",
        options.root / "dashboard" / "dist",
    )
    parts = Parts(
        options=options,
        facts=facts,
        progress=Progress(),
        front=front,
        targets=Targets(ports, options.state / "certificates"),
        emulator=EmulatorProcess(
            options, ports["emulator"], facts.home_region, f"http://{BINDING_ADDRESS}:{front.port}"
        ),
    )
    try:
        yield parts
    finally:
        options.run_file.unlink(missing_ok=True)
        parts.targets.close()
        await front.close()
        await parts.emulator.stop()
        state_folder.wipe_temporary(options)


def front_socket(options: Options) -> socket.socket:
    """Bind the front door's port.

    Raises:
        PortInUse: choose another one.
    """
    port = options.port or state_folder.steady_ports(options, ("front",))["front"]
    try:
        return bound_socket(port)
    except OSError:
        raise PortInUse(
            f"Port {port} is in use by another program: choose one with `make run PORT={port + 1}`."
        ) from None


async def _live(parts: Parts) -> None:
    login = await _start(parts)
    _announce(parts, login)
    supervisor = Supervisor(parts.emulator, parts.progress, lambda: _after_restart(parts, login))
    live_log = LiveLog(parts.options.function_log, raw=parts.options.json_log)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervisor.watch())
        tasks.create_task(live_log.follow())
        if parts.options.demo and await demo.fill(parts.url, login.api_token, parts.targets):
            parts.progress.say(
                "Demonstration: the shop breaks in 25 s and is repaired after 2 min."
            )
            tasks.create_task(demo.break_and_repair(parts.targets))
        if parts.options.demo:
            tasks.create_task(demo.run_job(parts.url, login.api_token))


async def _start(parts: Parts) -> Login:
    progress, options = parts.progress, parts.options
    await parts.front.start()
    await parts.targets.start()
    if not emulator_environment.is_current(options):
        with progress.step("Installing the embedded AWS"):
            await asyncio.to_thread(emulator_environment.build, options)
    await _start_emulator(parts)
    await _deploy_if_needed(parts)
    with progress.step("Preparing tables, mail and the first user"):
        login = await _finish(parts)
    _write_run_file(parts, login)
    return login


async def _start_emulator(parts: Parts) -> None:
    with parts.progress.step("Starting the embedded AWS"):
        restored = await parts.emulator.start()
    if restored["found"] and restored["replayed"]:
        parts.progress.say(
            f"The last run was killed: restored its state and {restored['replayed']} later writes."
        )
    elif restored["found"]:
        parts.progress.say("Restored the state of the last run.")


async def _deploy_if_needed(parts: Parts) -> None:
    providers = f"{parts.targets.addresses.base}/receivers"
    wanted = fingerprint(parts.options.root, (parts.url, providers, *parts.facts.all_regions))
    aws = parts.aws
    present = await asyncio.to_thread(aws.deployed_stamp)
    if present == wanted:
        return
    deployment = Deployment(
        parts.options,
        parts.facts,
        emulator_url=parts.emulator.url,
        public_url=parts.url,
        providers_url=providers,
    )
    # Killed in the middle, the next start finds the state of before.
    await parts.emulator.control("hold")
    if present is None:
        with parts.progress.step(
            f"Preparing {len(parts.facts.all_regions)} regions (cdk bootstrap)"
        ):
            await deployment.bootstrap()
    with parts.progress.step("Deploying the mesh (cdk deploy)"):
        await deployment.deploy()
    await asyncio.to_thread(aws.stamp, wanted)


async def _finish(parts: Parts) -> Login:
    aws = parts.aws
    parts.front.proxy.lead_to(await asyncio.to_thread(aws.api_base))
    await asyncio.to_thread(aws.switch_ttl_on)
    await asyncio.to_thread(_verify_sender, aws)
    login = await ensure_login(aws, parts.url, parts.options.state / "login.json")
    parts.front.email = login.email
    parts.front.extra_links = _links(parts)
    publisher = await asyncio.to_thread(aws.variables, "publisher")
    parts.front.public.bucket = publisher["PAGES_BUCKET"]
    await parts.emulator.control("save")
    await asyncio.to_thread(aws.kick_scheduler, datetime.now(UTC))
    return login


def _verify_sender(aws: EmbeddedAws) -> None:
    aws.verify_sender(aws.variables("alerter")["MAIL_FROM"])


async def _after_restart(parts: Parts, login: Login) -> None:
    _write_run_file(parts, login)
    await asyncio.to_thread(parts.aws.kick_scheduler, datetime.now(UTC))


def _links(parts: Parts) -> tuple[tuple[str, str], ...]:
    base = parts.targets.addresses.base
    return (
        (f"{base}/", "targets to monitor, well-behaved and not"),
        (f"{base}/receivers/slack", "messages to the local Slack"),
        (f"{base}/receivers/webhook", "messages to the local webhook"),
    )


def _write_run_file(parts: Parts, login: Login) -> None:
    base = parts.targets.addresses.base
    state_folder.write_private_json(
        parts.options.run_file,
        {
            "url": parts.url,
            "email": login.email,
            "password": login.password,
            "api_token": login.api_token,
            "regions": list(parts.facts.regions),
            "home_region": parts.facts.home_region,
            "mail_url": f"{parts.url}/mail",
            "pid": os.getpid(),
            "targets_url": base,
            "slack_url": f"{base}/receivers/slack",
            "webhook_url": f"{base}/receivers/webhook",
            "aws_endpoint_url": parts.emulator.url,
            "emulator_pid": parts.emulator.pid,
        },
    )


def _announce(parts: Parts, login: Login) -> None:
    base = parts.targets.addresses.base
    print(
        f"""
  SentinelMesh is ready after {parts.progress.elapsed():.0f} s.

    Open        {parts.url}
    Log in as   {login.email}
    Password    {login.password}
    API token   {login.api_token}
    Mails       {parts.url}/mail
    Targets     {base}    (break one: curl -X POST '{base}/targets/switch/shop?status=down')
    Slack       {base}/receivers/slack    Webhook  {base}/receivers/webhook

  Ctrl-C stops everything; the state stays in {parts.options.state}.
""",
        flush=True,
    )
