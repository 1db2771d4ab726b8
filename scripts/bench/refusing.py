from reckoning import Ground, Seen
def _no(g): yield from ()
crowd = relay = full = locked = readonly = restarted = failover = jumps = _no
