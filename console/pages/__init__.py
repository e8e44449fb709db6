"""One module a screen: read, ask one question, choose a template."""
