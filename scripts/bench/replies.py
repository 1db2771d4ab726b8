"""How well reply extraction does: a score table over mails with what their author wrote, by others than us.

    scripts/bench/replies.py [FOLDER…] [--show] [--odd | --even]

A FOLDER is one of: a corpus with `reply-trimming/emails` and `trimmed` (default: ../shared/corpus beside this tree);
one with NAME.input.txt and NAME.output.txt (the npm package parse-reply, `test/files`); our own tests/corpus/replies
(`=== mail NAME`, the mail, `=== wrote`, what is to be kept; the mails of NAME.html are in HTML); the unpacked sdist of
talon, whose own tests are run with our extractor in the place of theirs, `talon html` being its replies in HTML
(HTML -> text -> extract); the unpacked sdist of quotequail, whose cases are read out of its tests.

exact = equal after collapsing white space; leak = mails with foreign lines kept; loss = mails with lines of the
author cut; ms = per mail. --show prints the differing mails; --odd and --even take every second mail, from the first
or the second on. Exit status 0, or 2 when a folder holds none.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from listserv.core.mail.htmltext import to_text  # noqa: E402
from listserv.core.mail.reply.extractor import extract  # noqa: E402


def squeeze(text: str) -> str:
    return " ".join(text.split())


def lines(text: str) -> list[str]:
    return [squeeze(line) for line in text.split("\n") if line.strip()]


def score(got: str, want: str) -> tuple[bool, bool, bool]:
    """(exact, leak, loss) of one mail."""
    ours, theirs = lines(got), lines(want)
    exact = squeeze(got) == squeeze(want)
    return exact, not exact and any(x not in theirs for x in ours), not exact and any(x not in ours for x in theirs)


Case = tuple[str, str, str]  # name, mail, what its author wrote


def sets(folder: Path) -> Iterator[tuple[str, list[Case]]]:
    """The names of the folder's sets and their mails."""
    corpus, talon, quail = (folder / name for name in ("reply-trimming", "tests/text_quotations_test.py", "quotequail"))
    if talon.exists():
        yield "talon", of_talon(talon)
        html = sorted((folder / "tests" / "fixtures" / "html_replies").glob("*.html"))
        yield "talon html", [(path.name, to_text(read(path)), "Hi. I am fine.\n\nThanks,\nAlex") for path in html]
    elif quail.exists():
        yield "quotequail", list(of_quotequail(folder / "tests", "test_quote.py", "test_unwrap.py"))
        yield "quotequail html", list(of_quotequail(folder / "tests", "test_quote_html.py", "test_unwrap_html.py"))
    elif corpus.exists():
        pairs = [(path, corpus / "trimmed" / path.name) for path in sorted((corpus / "emails").glob("*.txt"))]
        yield corpus.name, [(mail.name, read(mail), read(want)) for mail, want in pairs]
    elif own := {path.name: cases for path in sorted(folder.glob("*.*")) if (cases := list(of_ours(path)))}:
        yield from ((f"ours {name}", cases) for name, cases in own.items())
        yield "ours", [case for cases in own.values() for case in cases]
    else:
        yield "input/output", of_pairs(folder)


def of_pairs(folder: Path) -> list[Case]:
    pairs = [(path, Path(str(path).replace(".input.", ".output."))) for path in sorted(folder.glob("*.input.txt"))]
    return [(mail.name, read(mail), read(want)) for mail, want in pairs]


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def of_ours(path: Path) -> Iterator[Case]:
    """The mails of a file of our own set; those of NAME.html are in HTML."""
    for block in ("\n" + read(path)).split("\n=== mail ")[1:]:
        head, want = block.split("\n=== wrote\n", 1)
        name, _, mail = head.partition("\n")
        yield f"{path.name}: {name}", to_text(mail) if path.suffix == ".html" else mail, want.rstrip("\n")


def of_quotequail(tests: Path, *files: str) -> Iterator[Case]:
    """The parameters of quotequail's tests: (mail, …, what stands outside of the quote and its introduction)."""
    for file in files:
        for node in ast.walk(ast.parse(read(tests / file))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("parametrize")):
                continue
            for one in node.args[1].elts if isinstance(node.args[1], ast.List) else ():
                with suppress(ValueError, TypeError):  # a parameter that is no literal
                    mail, *_, want = ast.literal_eval(one)
                    if (text := outside(want)) and ("html" not in file or "<" in mail):
                        both = (mail, text) if "html" not in file else (to_text(mail), to_text(text))
                        yield f"{file}:{one.lineno}", *both


def outside(want: object) -> str:
    """What quotequail's answer calls no quote: [(whether expanded, text), …] or a dictionary."""
    if isinstance(want, dict):
        return "\n".join(
            want.get(f"{kind}_{end}", "") for kind in ("text", "html") for end in ("top", "bottom")
        ).strip()
    return "\n".join(text for expanded, text in want if expanded) if isinstance(want, list) else ""


def of_talon(path: Path) -> list[Case]:
    """The mails of talon's tests: run here, they compare an expected text with what we note down instead."""
    found: list[Case] = []
    here = ""

    class Asked(str):
        """The mail that was to be extracted."""

    class Quotations:
        MAX_LINES_COUNT = 1000

        def extract_from_plain(self, mail: str) -> Asked:
            return Asked(mail)

        def extract_from(self, mail: str, kind: str) -> Asked:
            return Asked(mail)

    class Patch:
        def object(self, *_: object) -> Callable[[object], object]:
            return lambda function: function

        __call__ = object

    def eq_(one: object, other: object, *_: object) -> None:
        for want, mail in ((one, other), (other, one)):
            if isinstance(mail, Asked):
                found.append((here, str(mail).replace("\r\n", "\n"), str(want)))
                return

    source = re.sub(r"(?m)^(?:from|import) .*$", "", read(path))
    names: dict[str, Any] = {"quotations": Quotations(), "patch": Patch(), "eq_": eq_, "ok_": eq_}
    exec(compile(source, str(path), "exec"), names)
    for name, test in [(name, one) for name, one in names.items() if name.startswith("test_")]:
        here = name
        with suppress(Exception):  # tests of talon's own inner functions
            test()
    return found


def main(arguments: list[str]) -> int:
    show = "--show" in arguments
    folders = [Path(a) for a in arguments if not a.startswith("--")] or [ROOT.parent / "shared" / "corpus"]
    print(f"{'set':<17}{'mails':>6}{'exact':>7}{'leak':>6}{'loss':>6}{'ms':>7}")
    for folder in folders:
        for name, table in sets(folder):
            chosen = table[::2] if "--odd" in arguments else table[1::2] if "--even" in arguments else table
            if not chosen:
                print(f"no mails with what their author wrote in {folder}", file=sys.stderr)
                return 2
            measure(name, chosen, show)
    return 0


def measure(name: str, table: list[Case], show: bool) -> None:
    began = time.perf_counter()
    results = [(case, extract(mail).text, want) for case, mail, want in table]
    spent = (time.perf_counter() - began) * 1000 / len(table)
    scores = [score(got, want) for _, got, want in results]
    exact, leak, loss = (sum(column) / len(table) for column in zip(*scores, strict=True))
    print(f"{name:<17}{len(table):>6}{exact:>7.0%}{leak:>6.0%}{loss:>6.0%}{spent:>7.2f}")
    for (case, got, want), (right, _, _) in zip(results, scores, strict=True):
        if show and not right:
            print(f"  {case}")
            print("    got:  " + "\n          ".join(lines(got)[:12]))
            print("    want: " + "\n          ".join(lines(want)[:12]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
