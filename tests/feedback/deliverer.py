"""A process that does nothing but deliver, to be killed: the real postman but for its haste.

What a dead one held is free again after a second instead of half a minute.
"""

from __future__ import annotations

import os
from datetime import timedelta

import storage
from feedback.dispatch import delivery, postman
from tests.feedback.receivers import destination


def deliver(environment: dict[str, str], receivers: dict[str, dict]) -> None:
    """Deliver for ever; `receivers` are what `destination` takes, by name."""
    os.environ |= environment
    storage.reset()
    delivery.LEASE = delivery.SETTLES = timedelta(seconds=1)
    postman.LOOK_SECONDS = 0.02
    destinations = {name: destination(name=name, **wanted) for name, wanted in receivers.items()}
    postman.Postman(destinations, parallel=4).run()
