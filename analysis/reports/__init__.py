"""Reports: what a day held, printed from records; equal input gives equal bytes."""
