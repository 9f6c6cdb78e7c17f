import pytest

from tests.system import Resident, System


@pytest.fixture
def resident(system: System) -> Resident:
    return Resident(system)
