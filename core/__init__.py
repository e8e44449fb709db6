"""What all stages share: words, clock, text, numbers, settings, database, logs."""
