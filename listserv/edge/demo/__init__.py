"""The sample dialogue played through for `listserv demo`: scripted people, the real engine, a clock that jumps.

cast.py and script.py read who takes part and what they write (script/*.toml, script/people.csv); clock.py moves the
time; pens.py writes as mail programs do; boxes.py reads Maildirs; account.py notes what is due and counts what came;
stage.py runs it all; screen.py tells it.
"""
