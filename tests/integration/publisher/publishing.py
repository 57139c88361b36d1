"""A publisher wired to a mesh in memory, with a clock, a mail provider and faults of a test's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from functions.publisher.files import Files
from functions.publisher.mail_templates import Mailer
from functions.publisher.publisher import Publisher
from functions.publisher.reader import Gatherer
from functions.publisher.subscriber_mail import Mailing
from sentinelmesh.delivery.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.incidents.incident import Incident, Status
from sentinelmesh.domain.status_pages.status_page import News, NewsKind, ShownMonitor, StatusPage
from sentinelmesh.domain.status_pages.subscription import OptIn, subscriber_id
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.history import History
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.news import NewsRepository
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.items import to_item
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from sentinelmesh.storage.states import StatesRepository
from tests.support.builders import START, a_monitor, an_incident
from tests.support.calls import Calls
from tests.support.moto_mesh import HOME, MotoMesh, moto_mesh

BUCKET = "pages"
BASE = "https://mesh.example"
MONITOR = a_monitor(
    name="internal name",
    target="https://secret-host.internal/",
    created_at=START - timedelta(days=60),
)
PAGE = StatusPage(
    id="sp_1",
    slug="shop",
    name="Shop status",
    created_at=START,
    updated_at=START,
    monitors=(ShownMonitor(monitor_id=MONITOR.id, name="Web shop", since=START),),
)


@dataclass
class FakeSes:
    """A client of SES that remembers what it took, and says what a test wants.

    Args:
        before: what it raises strikes instead of the taking; `after`: though it was taken.
    """

    taken: list[dict[str, Any]] = field(default_factory=list)
    before: list[Exception] = field(default_factory=list)
    after: list[BaseException] = field(default_factory=list)

    def send_email(self, **mail: Any) -> dict[str, str]:
        if self.before:
            raise self.before.pop(0)
        self.taken.append(mail)
        if self.after:
            raise self.after.pop(0)
        return {"MessageId": str(len(self.taken))}

    @property
    def told(self) -> list[tuple[str, str]]:
        """Receivers and subjects, in order."""
        return [
            (mail["Destination"]["ToAddresses"][0], mail["Content"]["Simple"]["Subject"]["Data"])
            for mail in self.taken
        ]


@dataclass
class PageStage:
    """A mesh with a status page, a bucket, and processes of the publisher."""

    mesh: MotoMesh
    calls: Calls
    now: datetime = START
    ses: FakeSes = field(default_factory=FakeSes)
    base: str = BASE

    def publisher(self) -> Publisher:
        """Start a fresh process."""
        tables, names = self.calls.client("dynamodb"), self.mesh.tables
        directory = names["directory"]
        news = NewsRepository(tables, directory)
        results = ResultsRepository(tables, names["results"])
        incidents = IncidentsRepository(tables, names["incidents"])
        windows = MaintenanceRepository(tables, directory)
        return Publisher(
            pages=StatusPagesRepository(tables, directory),
            windows=windows,
            news=news,
            gatherer=Gatherer(
                monitors=MonitorsRepository(tables, names["monitors"]),
                states=StatesRepository(tables, names["states"]),
                newest=NewestResults(tables, names["results"], results),
                incidents=incidents,
                history=History(
                    rollups=RollupsRepository(tables, names["rollups"]),
                    results=results,
                    incidents=incidents,
                    windows=windows.list,
                    kept=timedelta(days=30),
                ),
                clock=self.clock,
            ),
            files=Files(self.calls.client("s3"), BUCKET),
            mailing=Mailing(
                news=news,
                subscriptions=self.subscriptions,
                mailer=Mailer(self.ses, "alerts@mesh.example", self.base),  # type: ignore[arg-type]
                paused=PausedAddressesRepository(tables, directory).among,
                clock=self.clock,
            ),
            base=self.base,
            clock=self.clock,
        )

    @property
    def subscriptions(self) -> SubscriptionsRepository:
        return SubscriptionsRepository(self.calls.client("dynamodb"), self.mesh.tables["directory"])

    @property
    def news(self) -> NewsRepository:
        return NewsRepository(self.mesh.dynamodb, self.mesh.tables["directory"])

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def publish(self, deadline: Deadline = NO_DEADLINE) -> None:
        """Have a fresh process publish."""
        self.publisher().publish(deadline)

    def files(self) -> dict[str, str]:
        """Read the whole bucket."""
        store = self.mesh.client("s3")
        listed = store.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return {
            each["Key"]: store.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
            for each in listed
        }

    def put_page(self, page: StatusPage = PAGE) -> None:
        item = to_item(page, kind=keys.STATUS_PAGE)
        self.mesh.dynamodb.put_item(TableName=self.mesh.tables["directory"], Item=item)

    def see(self, status: Status, *incidents: Incident) -> None:
        """Have the verifier say how the monitor is."""
        state = State(monitor_id=MONITOR.id, revision=1, version=1, status=status, since=START)
        self._put("states", to_item(state))
        for each in incidents:
            open_ = keys.OPEN if each.resolved_at is None else None
            item = to_item(each, listing=keys.ALL_INCIDENTS, open=open_)
            self._put("incidents", item)

    def break_down(self, **changes: Any) -> Incident:
        """Have an outage begin now."""
        incident = an_incident(opened_at=self.now, confirmed_at=self.now, **changes)
        self.see(Status.DOWN, incident)
        return incident

    def post(self, **changes: Any) -> News:
        plain = News(
            page_id=PAGE.id,
            id="post_1",
            about=NewsKind.POST,
            at=self.now,
            title="Slow checkout",
            text="We look.",
            due_at=self.now,
        )
        post = replace(plain, **changes)
        self.news.create(post)
        return post

    def ask(self, name: str) -> OptIn:
        address = f"{name}@reader.example"
        opt_in = OptIn(
            page_id=PAGE.id,
            subscriber_id=subscriber_id(PAGE.id, address),
            address=address,
            secret=f"secret-of-{name}",
            asked_at=self.now,
        )
        self.subscriptions.ask(opt_in)
        return opt_in

    def subscribe(self, *names: str) -> None:
        """Have readers, some time before now."""
        for each in names:
            self.subscriptions.confirm(self.ask(each), self.now - timedelta(minutes=1))

    def _put(self, owner: str, item: dict[str, Any]) -> None:
        self.mesh.dynamodb.put_item(TableName=self.mesh.tables[owner], Item=item)


@contextmanager
def page_stage() -> Iterator[PageStage]:
    """Have a mesh with a page and its monitor for a while."""
    with moto_mesh() as mesh:
        where: Any = {"LocationConstraint": HOME}
        mesh.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        stage = PageStage(mesh, Calls(mesh))
        MonitorsRepository(mesh.dynamodb, mesh.tables["monitors"]).create(MONITOR)
        stage.put_page()
        stage.see(Status.UP)
        yield stage
