"""How long the report of a large dialogue takes, form by form.

    scripts/bench/report.py [--contributions 525] [--readers 420] [--runs 3]

The model case (tests/model_case.py) is said over and over until there are so many contributions. Prints the median of
the runs in seconds, of the clock and of this process alone; to reach: all four forms of 500 contributions in 10 s.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from listserv.edge.report.writing import content  # noqa: E402
from listserv.steps.consolidate import Consolidated, consolidate  # noqa: E402
from listserv.store import dialogues  # noqa: E402
from tests import model_case  # noqa: E402
from tests.house import site  # noqa: E402

FORMS = ("md", "html", "pdf", "docx")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    clock, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - own


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=525)
    parser.add_argument("--readers", type=int, default=420)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    copies = -(-wanted.contributions // len(model_case.CASE.said))
    with tempfile.TemporaryDirectory() as folder:
        place = model_case.folder(Path(folder), copies=copies, readers=wanted.readers)
        session = model_case.open_case(place)

        def gathered() -> Consolidated:
            with session.read() as connection:
                dialogue = dialogues.read(connection, model_case.SLUG)
                assert dialogue is not None
                return consolidate(connection, site(), dialogue, model_case.AFTER)

        report = gathered().report
        works: dict[str, Callable[[], object]] = {"gathered and drafted": gathered}
        works |= {f"as {form}": lambda form=form: content(form, report, model_case.AFTER) for form in FORMS}
        found = {name: [timed(work) for _ in range(wanted.runs)] for name, work in works.items()}
        session.close()
    print(f"{copies * len(model_case.CASE.said)} contributions, {wanted.readers} readers")
    rows = {name: [median(column) for column in zip(*times, strict=True)] for name, times in found.items()}
    rows["together"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    for name, (clock, own) in rows.items():
        print(f"{name:<22} {clock:6.2f} s   {own:6.2f} s of its own")
    return 0


if __name__ == "__main__":
    sys.exit(main())
