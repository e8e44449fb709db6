"""From a matter to a published, logged statement that anyone can check."""
