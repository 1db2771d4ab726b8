"""The sample dialogue played through for `listserv demo`: scripted people, the real engine, a clock that jumps.

house.py is the whole; stage.py plays the script; script.py and cast.py read what is written and by whom (script/*.toml,
script/people.csv); pens.py writes as mail programs do; moderator.py types commands; backstage.py runs the engine;
clock.py moves the time; boxes.py reads Maildirs; account.py notes what is due and counts what came; screen.py and
epilogue.py tell it.
"""
