"""The one clock."""

from datetime import UTC, datetime

import pytest

from marketplace.core import clock


def test_the_clock_tells_aware_utc_time() -> None:
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_frozen_clock_stands_still_and_goes_on_afterwards() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    evening = datetime(2026, 1, 1, 20, tzinfo=UTC)
    with clock.frozen(noon):
        assert clock.now() == clock.now() == noon
        with clock.frozen(evening):
            assert clock.now() == evening
        assert clock.now() == noon
    assert clock.now() > evening


def test_a_frozen_clock_goes_on_after_an_error() -> None:
    with pytest.raises(KeyError), clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        raise KeyError
    assert clock.now() > datetime(2026, 1, 2, tzinfo=UTC)


def test_the_clock_needs_a_zone() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # what is tested
    with pytest.raises(ValueError, match="aware"), clock.frozen(naive):
        pass  # pragma: no cover
