"""The reference dispatch system: a small stand-in for the city's own, with pages for a department worker.

A program of its own with a database of its own. It speaks Open311 GeoReport v2 (XML and JSON) with mySociety's
`servicerequestupdates`, honours an idempotency key, and can be told to be slow, to fail, to repeat, reorder and lie.
For showing and testing; not started when `MINSHENG_DISPATCH_URL` is set.
"""

from feedback.dispatch.reference.app import create_app
from feedback.dispatch.reference.callbacks import Callback

__all__ = ["Callback", "create_app"]
