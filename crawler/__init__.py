"""From a listed source to stored posts that name nobody."""
