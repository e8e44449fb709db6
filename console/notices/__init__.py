"""Messages to the desk: queued inside an act's transaction, cut for each channel, sent after it.

``outbox.queue`` is all that a caller needs; ``sending.send_pending`` is all that a job needs.
Titles and texts come from the caller: no person and no text of a post may stand in them.
"""
