"""Rasa custom actions, a module per topic. They read, call `knowledge_base` or `feedback`, and choose words."""
