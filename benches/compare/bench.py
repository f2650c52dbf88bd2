"""Asks the questions, measures, and holds the answers against one another."""

import difflib
import json
import pathlib
import shutil
import subprocess
import sys

import lake
import product

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = {"duckdb": "duck.py", "polars": "polar.py", "python": "plain.py"}
COLD = ("month", "names", "kinds", "timeline", "fill")
WARM = (
    "warm-month",
    "warm-kinds",
    "warm-timeline",
    "warm-names",
    "warm-summarize",
    "warm-months",
    # What was counted of a closed month is kept.
    "warm-again-summarize",
    "warm-again-months",
    "warm-sql",
)
# Who is asked what. Python writes no Parquet.
ASKED = {
    "month": ("product", *SCRIPTS),
    "names": ("product", *SCRIPTS),
    "kinds": ("product", *SCRIPTS),
    "timeline": ("product", *SCRIPTS),
    "fill": ("product", "duckdb", "polars"),
    "warm-month": ("product", "duckdb"),
    "warm-kinds": ("product", "duckdb"),
    "warm-timeline": ("product", "duckdb"),
    "warm-names": ("product",),
    "warm-summarize": ("product",),
    "warm-months": ("product",),
    "warm-again-summarize": ("product",),
    "warm-again-months": ("product",),
    "warm-sql": ("product",),
}
# What `fill` leaves behind in the folder of work.
KEPT = {"product": "cache", "duckdb": "duckdb.parquet", "polars": "polars.parquet"}
# Lines of a difference that are shown.
SHOWN = 20


def tell(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, args, work, python):
        self.args = args
        self.work = pathlib.Path(work)
        self.python = python
        # By question and engine: what each run took, and where the last answer lies.
        self.figures = {}
        self.answers = {}
        # By engine: bytes that `fill` left behind, and what is in them.
        self.sizes = {}
        self.kept = {}

    def run(self):
        for run in range(self.args.runs):
            for question in self.args.questions:
                engines = [engine for engine in ASKED[question] if engine in self.args.engines]
                # Another engine begins each time, so that noise hits all alike.
                turn = run % len(engines)
                for engine in engines[turn:] + engines[:turn]:
                    tell(f"run {run + 1}: {question}, {engine}")
                    measured = self.ask(engine, question)
                    self.figures.setdefault((question, engine), []).append(measured)
        # In the order of the questions, whoever began last.
        order = [(of, engine) for of in self.args.questions for engine in ASKED[of]]
        self.figures = {key: self.figures[key] for key in order if key in self.figures}
        if "fill" in self.args.questions:
            self.look_at_kept()

    def ask(self, engine, question):
        """Asks a question once. Returns what it took."""
        answer = self.work / f"{engine}.{question}.txt"
        report, out, err = (self.work / name for name in ("measured.json", "out", "err"))
        if engine == "product":
            line = self.product_line(question)
        else:
            line = self.script_line(engine, question, answer)
        measure = [sys.executable, "-S", "-E", HERE / "measure.py", report, out, err]
        subprocess.run([str(part) for part in (*measure, *line)], check=True)
        measured = json.loads(report.read_text(encoding="utf-8"))
        if measured["code"] != 0:
            tell(err.read_text(encoding="utf-8", errors="replace")[-4000:])
            sys.exit(f"{engine} failed on {question} with exit code {measured['code']}")
        if engine == "product":
            rows = product.rows(question, out)
            if rows is not None:
                lake.write_answer(answer, rows)
        if answer.is_file() and question != "fill":
            self.answers[question, engine] = answer
        return measured

    def script_line(self, engine, question, answer):
        args = self.args
        asked = ["--lake", args.lake, "--question", question, "--month", args.month]
        if args.resource:
            asked += ["--resource", args.resource]
        how = ["--threads", args.threads, "--work", self.work, "--answer", answer]
        return [self.python, "-B", HERE / SCRIPTS[engine], *asked, *how]

    def product_line(self, question):
        """A cold question finds an empty cache, a warm one that of `fill`."""
        cold = not question.startswith(("warm-", "fill"))
        cache = self.work / ("cold-cache" if cold else KEPT["product"])
        if cold or question == "fill":
            shutil.rmtree(cache, ignore_errors=True)
            cache.mkdir()
        args = self.args
        return product.command(args.bin, question, args.lake, args.month, args.resource, str(cache))

    def look_at_kept(self):
        """What `fill` has left behind. Plain Python counts what should be there. Not measured."""
        for engine in self.args.engines:
            if engine in KEPT:
                self.sizes[engine] = size_of(self.work / KEPT[engine])
            self.ask(engine, "fill-check")
            answer = self.answers.pop(("fill-check", engine))
            lines = answer.read_text(encoding="utf-8").splitlines()
            self.kept[engine] = dict(json.loads(line) for line in lines)

    def compared(self):
        """The questions that more than one was asked."""
        asked = [question.removeprefix("warm-") for question, _ in self.answers]
        kept = ["fill"] if len(self.kept) > 1 else []
        return [each for each in dict.fromkeys(asked) if asked.count(each) > 1] + kept

    def differences(self):
        """Tells where engines do not agree. Plain Python is right where it was asked."""
        found = []
        for question in self.compared():
            same = [key for key in self.answers if key[0].removeprefix("warm-") == question]
            same.sort(key=lambda key: key[1] != "python")
            for other in same[1:]:
                difference = self.difference(same[0], other)
                if difference:
                    found.append(difference)
        # What one of them does not tell is not compared.
        for what in ("rows", "configuration bytes"):
            told = {engine: kept[what] for engine, kept in self.kept.items() if what in kept}
            if len(set(told.values())) > 1:
                found.append(f"fill: not the same {what}: {told}")
        return found

    def difference(self, one, other):
        left, right = (
            self.answers[key].read_text(encoding="utf-8").splitlines() for key in (one, other)
        )
        if left == right:
            return None
        names = [f"{question} of {engine}" for question, engine in (one, other)]
        lines = list(difflib.unified_diff(left, right, *names, n=0, lineterm=""))
        more = [f"... {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        return "\n".join(lines[:SHOWN] + more)


def size_of(path):
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
