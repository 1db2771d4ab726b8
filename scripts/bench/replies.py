"""How well reply extraction does: a score table over a corpus of mails with what their author wrote.

    scripts/bench/replies.py [CORPUS] [--show]

CORPUS holds `reply-trimming/emails/*.txt` and `reply-trimming/trimmed/*.txt` (default: ../shared/corpus beside this
tree). exact = equal after collapsing white space; leak = mails with foreign lines kept; loss = mails with lines of the
author cut. --show prints the first differing mails. Exit status 0, or 2 when there is no corpus.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from listserv.core.mail.reply import extract  # noqa: E402


def squeeze(text: str) -> str:
    return " ".join(text.split())


def lines(text: str) -> list[str]:
    return [squeeze(line) for line in text.split("\n") if line.strip()]


def score(got: str, want: str) -> tuple[bool, bool, bool]:
    """(exact, leak, loss) of one mail."""
    ours, theirs = lines(got), lines(want)
    exact = squeeze(got) == squeeze(want)
    return exact, not exact and any(x not in theirs for x in ours), not exact and any(x not in ours for x in theirs)


def cases(folder: Path) -> list[tuple[str, str, str]]:
    def read(path: Path) -> str:
        return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")

    return [(p.name, read(p), read(folder / "trimmed" / p.name)) for p in sorted((folder / "emails").glob("*.txt"))]


def main(arguments: list[str]) -> int:
    show = "--show" in arguments
    paths = [Path(a) for a in arguments if not a.startswith("--")]
    corpus = paths[0] if paths else ROOT.parent / "shared" / "corpus"
    table = cases(corpus / "reply-trimming")
    if not table:
        print(f"no mails under {corpus}/reply-trimming/emails", file=sys.stderr)
        return 2
    print(f"{'set':<16}{'mails':>6}{'exact':>7}{'leak':>6}{'loss':>6}{'ms':>7}")
    began = time.perf_counter()
    results = [(name, extract(mail).text, want) for name, mail, want in table]
    spent = (time.perf_counter() - began) * 1000 / len(table)
    scores = [score(got, want) for _, got, want in results]
    exact, leak, loss = (sum(column) / len(table) for column in zip(*scores, strict=True))
    print(f"{'reply-trimming':<16}{len(table):>6}{exact:>7.0%}{leak:>6.0%}{loss:>6.0%}{spent:>7.2f}")
    for (name, got, want), (right, _, _) in zip(results, scores, strict=True):
        if not right:
            print(f"  {name}")
            if show:
                print("    got:  " + "\n          ".join(lines(got)[:12]))
                print("    want: " + "\n          ".join(lines(want)[:12]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
