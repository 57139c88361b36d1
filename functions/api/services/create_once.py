"""Adding an item, also when an earlier try under the same Idempotency-Key came as far as that."""

from typing import Protocol, TypeVar

from sentinelmesh.errors import AlreadyExists


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


class _Repository(Protocol[T]):
    def create(self, item: T, /) -> None: ...

    def get(self, item_id: str, /) -> T | None: ...


def create_once(repository: _Repository[T], item: T) -> T:
    """Create an item whose id follows from the key; give what is stored under it.

    Cost: one write; one read where it was there already.
    """
    try:
        repository.create(item)
    except AlreadyExists:
        return repository.get(item.id) or item
    return item
