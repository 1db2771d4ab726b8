"""`listserv demo`: the sample dialogue, for real, on a clock that jumps."""

from __future__ import annotations

import click


@click.command()
@click.option("--exit", "leave", is_flag=True, help="End after the proof, instead of staying up for you to try.")
def demo(leave: bool) -> None:
    """Watch the sample dialogue run: three weeks of it, real mail and the real engine, in under a minute."""
    import signal
    import sys

    from listserv.cli.context import App
    from listserv.cli.serve import engine
    from listserv.edge.demo import folder, house
    from listserv.edge.demo.clock import Hand
    from listserv.errors import Refused

    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has switched it off
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    place = folder.make()
    app = App(str(place / "listserv.toml"), None)
    try:
        dialogue = app.settings.dialogues[0]
        hand = Hand(place / "listserv.toml", house.begins(dialogue.zone))
        app.clock = hand.clock()
        show = house.House(
            folder=place,
            program=[sys.executable, "-c", "from listserv.cli.main import main; main()"],
            shown=_program(),
            hand=hand,
            slug=dialogue.slug,
            zone=dialogue.zone,
            site=app.site,
        )
        show.set_up()
        with show.opened(engine(app, {"intake", "web", "work", "clock"}), app.engine):
            if wrong := show.play():
                raise Refused(f"demo: {wrong} differences, see above")
            if not leave:
                show.stay()
    except KeyboardInterrupt:
        click.echo("\nstopped by you")
    finally:
        app.close()
        click.echo(f"The folder is kept: {place}")


def _program() -> str:
    """How a person starts listserv here: the script of a checkout, else the installed command."""
    import shlex
    import shutil
    import sys

    from listserv.edge import files

    script = files.shipped("scripts") / "listserv"
    if script.exists():
        return shlex.quote(str(script))
    return "listserv" if shutil.which("listserv") else shlex.quote(sys.argv[0])
