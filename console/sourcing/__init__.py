"""Adding a source without code: asking a site, writing it down, listing what there is."""
