"""How long an invocation may begin deliveries: of one that is cut off nobody knows its outcome."""

from dataclasses import dataclass

from sentinelmesh import deadline

# Looking up a name, the exchange with the provider, the mark: at worst.
MAX_DELIVERY_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Deadline(deadline.Deadline):
    """The end of an invocation that delivers."""

    def leaves_time_for_delivery(self) -> bool:
        """Return whether a delivery that begins now will certainly be marked."""
        return self.seconds_left() >= MAX_DELIVERY_SECONDS

    def within(self, seconds: float) -> "Deadline":
        """Return a deadline that lets deliveries begin for so long only, if not even shorter."""
        early = self.clock() + seconds + MAX_DELIVERY_SECONDS
        return Deadline(min(self.ends_at, early), self.clock)


NO_DEADLINE = Deadline()
