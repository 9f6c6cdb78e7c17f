"""Where residents write: the journal that loses nothing, the web channel with its widget, and what goes out."""
