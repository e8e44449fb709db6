"""The only place that knows every part, and the only one that commits."""
