"""How well bounces are read: recipients and verdicts over a corpus of bounces with what they should give.

    scripts/bench/bounces.py [FOLDER] [--truth FILE] [--no-flufl] [--show]

FOLDER (default: tests/corpus/bounces) holds mails (*.txt, *.eml, at any depth). What they should give stands in FILE
(default: FOLDER/truth.tsv, else bounces.tsv beside this script), one mail a line: its path below FOLDER, recipients
(comma-separated, "-" = none to be found, "?" = not known), verdict (hard, soft, ours, delayed, none, "?" = not known);
columns by tabs. With the sdist of flufl.bounce (FOLDER = its tests/data) recipients are read from its
tests/test_detectors.py.

exact: the recipients and no other; partial: one of them at least; wrong: others; missed: none. false-hard: called hard
of those that are soft or ours. Each mail passes through the whole reading: one that is "not automatic" would be taken
for a contribution. --no-flufl: our own reading alone. Exit status 0, or 2 when there is no corpus.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from listserv.core.mail import inmail  # noqa: E402
from listserv.core.mail.bounce import reports as bounces  # noqa: E402

UNKNOWN = "?"
OUTCOMES = ("exact", "partial", "wrong", "missed")
VERDICTS = ("hard", "soft", "ours", "delayed", "none")


def expected(folder: Path, truth: Path) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Recipients (lower case) and verdicts by name."""
    who: dict[str, set[str]] = {}
    why: dict[str, str] = {}
    flufl = folder.parent / "test_detectors.py"
    if flufl.exists():
        who |= _of_flufl(flufl)
    if truth.exists():
        for line in truth.read_text("utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            name, addresses, verdict = [*line.split("\t"), UNKNOWN, UNKNOWN][:3]
            if addresses != UNKNOWN:
                who[name] = {one.strip().lower() for one in addresses.split(",") if one.strip("- ")}
            if verdict != UNKNOWN:
                why[name] = verdict
    return who, why


def _of_flufl(path: Path) -> dict[str, set[str]]:
    """Its table of (detector, file name, [addresses], is temporary)."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Tuple) and len(node.elts) == 4:
            try:
                _, name, addresses, _ = ast.literal_eval(node)
            except ValueError:
                continue
            if isinstance(addresses, list) and str(name).endswith(".txt"):
                found.setdefault(name, set()).update(one.decode().lower() for one in addresses)
    return found


def outcome(got: set[str], want: set[str]) -> str:
    if got == want:
        return "exact"
    return "partial" if got & want else "wrong" if got else "missed"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[2].strip())
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "tests" / "corpus" / "bounces")
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--no-flufl", action="store_true")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args(arguments)
    if given.no_flufl:
        bounces._by_flufl = lambda message: ()
    folder, show = given.folder, given.show
    beside = folder / "truth.tsv"
    truth = given.truth or (beside if beside.exists() else Path(__file__).with_suffix(".tsv"))
    mails = sorted(p for p in folder.rglob("*") if p.suffix in (".txt", ".eml"))
    if not mails:
        print(f"no mails under {folder}", file=sys.stderr)
        return 2
    who, why = expected(folder, truth)
    recipients: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    began = time.perf_counter()
    for path in mails:
        name = str(path.relative_to(folder))
        mail = inmail.read(path.read_bytes())
        kinds[mail.automatic.value if mail.automatic else "not automatic"] += 1
        got = {one.lower() for one in mail.bounce.recipients} if mail.bounce else set()
        verdict = mail.bounce.verdict.value if mail.bounce else "none"
        told = outcome(got, who[name]) if name in who else ""
        recipients[told] += bool(told)
        if name in why:
            confusion[why[name], verdict] += 1
        differs = told not in ("", "exact") or (name in why and why[name] != verdict) or not mail.automatic
        if show and differs:
            wanted = ",".join(sorted(who.get(name, ()))) or UNKNOWN
            status, diagnostic = (mail.bounce.status, mail.bounce.diagnostic[:300]) if mail.bounce else ("", "")
            print(f"{name}: {told} got {','.join(sorted(got)) or '-'} want {wanted}")
            print(f"    {verdict} want {why.get(name, UNKNOWN)}: {status} {diagnostic}")
    spent = (time.perf_counter() - began) * 1000 / len(mails)
    print(f"mails {len(mails)}, {spent:.1f} ms each: " + ", ".join(f"{k} {n}" for k, n in kinds.most_common()))
    total = sum(recipients.values())
    if total:
        shares = (f"{one} {recipients[one]} ({recipients[one] / total:.0%})" for one in OUTCOMES)
        print(f"recipients of {total}: " + ", ".join(shares))
    if confusion:
        print(f"{'truth':<10}" + "".join(f"{one:>9}" for one in VERDICTS))
        for want in VERDICTS:
            print(f"{want:<10}" + "".join(f"{confusion[want, got]:>9}" for got in VERDICTS))
        not_hard = sum(n for (want, _), n in confusion.items() if want in ("soft", "ours"))
        hard = sum(n for (want, _), n in confusion.items() if want == "hard")
        false = sum(n for (want, got), n in confusion.items() if want in ("soft", "ours") and got == "hard")
        right = confusion["hard", "hard"]
        print(f"false-hard {false} of {not_hard} ({false / max(1, not_hard):.1%}), hard found {right} of {hard}"
              f" ({right / max(1, hard):.0%})")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
