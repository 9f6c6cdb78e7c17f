"""Alarms: an urgent report rings until somebody confirms that they have it."""
