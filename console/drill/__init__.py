"""The drill: a whole invented incident, played on this machine and scored against its truth."""
