"""Deadlines: by when a report is to be taken, given to a department and solved, and what follows when it isn't."""
