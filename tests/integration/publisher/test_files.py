"""What stands in the bucket, and what it costs to keep it there."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from sentinelmesh.delivery.deadline import NO_DEADLINE
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.status_pages.status_page import ShownMonitor
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch
from sentinelmesh.storage.rollups import RollupsRepository
from tests.integration.publisher.publishing import BUCKET, MONITOR, PAGE, PageStage
from tests.support.builders import START


def test_a_page_and_what_belongs_to_it_is_published(stage: PageStage) -> None:
    stage.publish()
    files = stage.files()
    assert set(files) == {
        "status/shop", "status/style.css", "feed/shop.xml", "badge/shop.svg",
        f"badge/{MONITOR.id}.svg",
    }  # fmt: skip
    assert "Web shop" in files["status/shop"]
    found = stage.mesh.client("s3").head_object(Bucket=BUCKET, Key="status/shop")
    assert found["ContentType"] == "text/html; charset=utf-8"
    assert found["CacheControl"] == "public, max-age=30"


def test_an_outage_is_seen_by_the_next_reader(stage: PageStage) -> None:
    stage.publish()
    assert "All services" not in stage.files()["status/shop"], "nothing was probed yet"
    stage.pass_time(minutes=1)
    stage.break_down()
    stage.publish()
    assert "Down since" in stage.files()["status/shop"]


def test_nothing_of_the_mesh_itself_is_in_any_file(stage: PageStage) -> None:
    stage.break_down(cause="10.0.0.7", cause_detail="<b>hostile</b>", target="https://secret-host")
    stage.publish()
    everything = "".join(stage.files().values())
    for secret in ("internal name", "secret-host", "10.0.0.7", "hostile", "eu-west-1"):
        assert secret not in everything


def test_what_is_taken_off_the_net_is_gone(stage: PageStage) -> None:
    publisher = stage.publisher()
    publisher.publish(NO_DEADLINE)
    for after in (
        replace(PAGE, slug="renamed"),
        replace(PAGE, slug="renamed", monitors=()),
        replace(PAGE, published=False),
    ):
        stage.put_page(after)
        publisher.publish(NO_DEADLINE, tidy=True)
        keys = set(stage.files())
        assert "status/shop" not in keys
        assert (f"badge/{MONITOR.id}.svg" in keys) == bool(after.published and after.monitors)
    assert stage.files() == {}
    stage.put_page()
    publisher.publish(NO_DEADLINE)
    assert len(stage.files()) == 5, "what was removed is written again"


def test_a_minute_without_news_writes_the_page_and_nothing_else(stage: PageStage) -> None:
    put_day(stage)
    publisher = stage.publisher()
    publisher.publish(NO_DEADLINE)
    stage.calls.made.clear()
    stage.pass_time(minutes=1)
    publisher.publish(NO_DEADLINE)
    made = Counter(stage.calls.made)
    assert made["PutObject"] == 1
    assert made["ListObjectsV2"] == 0
    assert set(made) == {"PutObject", "Query", "BatchGetItem"}
    # Pages, windows, news, requests for mail, incidents, results of a silent monitor.
    assert made["Query"] <= 6
    # Monitors, states, newest results in two steps.
    assert made["BatchGetItem"] <= 4


def test_a_monitor_on_many_pages_is_read_once(stage: PageStage) -> None:
    stage.publish()
    stage.calls.made.clear()
    stage.publish()
    alone = Counter(stage.calls.made)
    for number in range(5):
        stage.put_page(replace(PAGE, id=f"sp_{number}x", slug=f"shop-{number}"))
    stage.calls.made.clear()
    stage.publish()
    together = Counter(stage.calls.made)
    assert together["BatchGetItem"] == alone["BatchGetItem"]
    assert together["Query"] == alone["Query"] + 5, "the news of each page"


def test_a_mesh_without_pages_publishes_nothing(stage: PageStage) -> None:
    stage.put_page(replace(PAGE, published=False))
    stage.publish()
    assert stage.files() == {}
    assert Counter(stage.calls.made) == {"Query": 1, "ListObjectsV2": 1}


def test_a_monitor_that_is_gone_leaves_the_rest_of_its_page(stage: PageStage) -> None:
    gone = ShownMonitor(monitor_id="mon_gone", name="Gone", since=START)
    stage.put_page(replace(PAGE, monitors=(gone, *PAGE.monitors)))
    stage.see(Status.UP)
    stage.publish()
    assert "Gone" not in stage.files()["status/shop"]
    assert "Web shop" in stage.files()["status/shop"]


def test_days_are_read_again_when_an_outage_begins_and_every_ten_minutes(
    stage: PageStage,
) -> None:
    """What they say of a day comes from the rollups that `/uptime` adds up."""

    def rounds_reading_days() -> bool:
        stage.calls.made.clear()
        publisher.publish(NO_DEADLINE)
        return Counter(stage.calls.made)["Query"] > quiet

    publisher = stage.publisher()
    put_day(stage)
    publisher.publish(NO_DEADLINE)
    assert "100 % uptime" in stage.files()["status/shop"]
    stage.calls.made.clear()
    publisher.publish(NO_DEADLINE)
    quiet = Counter(stage.calls.made)["Query"]
    stage.pass_time(minutes=1)
    assert not rounds_reading_days()
    stage.break_down()
    assert rounds_reading_days()
    stage.pass_time(minutes=9)
    assert not rounds_reading_days()
    stage.pass_time(minutes=1)
    assert rounds_reading_days()


def put_day(stage: PageStage) -> None:
    """Have the hour before the tests' time counted."""
    stretch = Stretch(
        start=START - timedelta(hours=1),
        end=START,
        interval_seconds=60,
        began=MONITOR.scheduled_since,
    )
    seen = {"eu-west-1": RegionCount(success=60)}
    counted = Rollup(stretch=stretch, regions=seen, watched_ms=3_600_000, revision=1)
    rollups = RollupsRepository(stage.mesh.dynamodb, stage.mesh.tables["rollups"])
    rollups.put_hour(MONITOR.id, counted)
    rollups.put_day(MONITOR.id, counted)
