"""The rehearsal: any listserv.toml from its first mail to its last, by the real steps, on a clock that jumps.

cast.py has the imaginary people and what they write, play.py moves the clock and lets the steps work, folder.py writes
down every mail that they made. Nothing is sent: there is no relay, and the database is one of its own.
"""
