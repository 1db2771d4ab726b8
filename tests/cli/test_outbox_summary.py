"""`listserv outbox summary` says in words what waits, and for what."""

from __future__ import annotations

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.steps import deliver
from listserv.store import outbox, pruning
from tests.cli.conftest import Cli


def test_what_deferred_deliveries_wait_for(cli: Cli) -> None:
    with cli.house() as house:
        house.join("x@proud.example")
        house.released()
        copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 100)
        deliver.finish(house.session, house.now, [_answer(copy) for copy in copies]).result()
        count = len(house.rows("delivery", state="deferred"))
    assert count > 0
    first, *reasons = cli.ok("outbox summary").splitlines()
    assert f"deferred: {count}" in first
    assert reasons == [f"  {count} to proud.example wait: 550 5.7.515 not authenticated"]
    assert cli.ok("outbox summary -d nap") == "\n".join([first, *reasons, ""])
    assert cli.json("outbox summary")["deferred"] == count


def _answer(copy: Copy) -> Result:
    if copy.recipient.endswith("@proud.example"):
        return Result(copy.delivery, copy.epoch, 550, "5.7.515 not authenticated", Phase.CONNECT, 3600.0)
    return Result(copy.delivery, copy.epoch, 250, "2.0.0 taken", Phase.END)


def test_of_a_dialogue_that_ended_long_ago_the_counts_are_told(cli: Cli) -> None:
    with cli.house() as house:
        house.released()
        outbox_before = cli.json("outbox summary")
        house.session.write(
            lambda connection: outbox.drop(connection, [one.id for one in house.sent()], "x", house.now)
        )
        while house.session.write(lambda connection: pruning.prune(connection, house.dialogue.id, 100)):
            pass
    total = sum(outbox_before.values())
    assert cli.json("outbox summary") == {"pending": 0, "sent": 0, "deferred": 0, "failed": total}
    for command in ("outbox list", "trace anna@example.net"):
        answer = cli.run(command)
        assert answer.code == 0
        assert answer.err == "(of nap only counts are kept: outbox summary; database.keep_deliveries says how long)\n"
    assert cli.json("status")["outbox"]["failed"] == total
