"""The page and the chat widget: plain HTML, CSS and JavaScript, nothing loaded from elsewhere."""
