"""The suite about itself: its deviations name tests, and its document shows them."""

from collections import Counter

from tests.conformance.deviations import DEVIATIONS
from tests.conformance.document import DOCUMENT, text, topics


def test_every_deviation_names_a_test() -> None:
    known = {test.partition("[")[0] for each in DEVIATIONS.values() for test in each}
    assert known <= {test for tests in topics().values() for test in tests}


def test_every_test_has_a_name_of_its_own() -> None:
    counted = Counter(test for tests in topics().values() for test in tests)
    assert [name for name, count in counted.items() if count > 1] == []


def test_the_document_shows_the_suite_as_it_is() -> None:
    """Write it anew with `python -m tests.conformance.document`."""
    assert DOCUMENT.read_text(encoding="utf-8") == text()
