"""From a report to a department and back: the outbox, its delivery over Open311, and the updates that return."""
