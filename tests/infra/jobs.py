"""Jobs that the story's mesh watches."""

from datetime import datetime, timedelta

from sentinelmesh.storage.directory.pings import PingsRepository
from tests.support.moto_mesh import MotoMesh

PING = "none"


def put_late_job(mesh: MotoMesh, monitor_id: str, at: datetime) -> None:
    """Add a job that has been silent for days: maintenance could excuse it."""
    pings = PingsRepository(mesh.dynamodb, mesh.tables["directory"])
    pings.expect(PING, monitor_id, at - timedelta(days=9))
