"""From stored posts to claims, questions, rises, alerts and the nightly report."""
