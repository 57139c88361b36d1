"""What stops a local mesh: every message is one sentence for the person at the terminal."""


class LocalMeshError(Exception):
    """The mesh cannot start or go on: the message says what to do."""


class MissingPrerequisite(LocalMeshError):
    """A program is missing or too old: install it."""


class PortInUse(LocalMeshError):
    """Another program holds the port: choose another one."""


class AlreadyRunning(LocalMeshError):
    """A mesh runs on this state folder: stop it or use another folder."""


class StepFailed(LocalMeshError):
    """A long step ended badly: its log says why."""
