#!/usr/bin/env python3
"""Asks this product, DuckDB, Polars and plain Python the same questions of the same lake.

    python3 benches/compare/run.py LAKE --report lake.json [--bin target/release/config-history]

Each engine is a process of its own for each question. All must give the same answers, else the exit
code is 1. See README.md beside this file.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import venv

# Bytecode beside the sources would lie in the project.
sys.dont_write_bytecode = True

import lake
from bench import ASKED, COLD, SCRIPTS, WARM, Bench, tell

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIGURES = ("cpu_s", "user_s", "sys_s", "wall_s", "rss_mb")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lake")
    parser.add_argument("--bin", default=str(ROOT / "target/release/config-history"))
    parser.add_argument("--month", default="2024-11")
    parser.add_argument("--resource", help="id that the timeline is asked of")
    parser.add_argument("--report", help="file with what generate_lake printed: names the resource")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", help=f"of {','.join((*COLD, *WARM))}, or `warm` for all warm ones")
    parser.add_argument("--engines", default=",".join(("product", *SCRIPTS)))
    parser.add_argument("--json", help="file for all figures")
    parser.add_argument("--work", help="folder for Parquet, caches and spilled data [a temporary one]")
    parser.add_argument(
        "--self-check",
        action="store_true",
        help="only whether the other engines agree with plain Python; the product is not needed",
    )
    args = parser.parse_args()
    if args.report and not args.resource:
        report = json.loads(pathlib.Path(args.report).read_text(encoding="utf-8"))
        args.resource = report["example"]["resource_id"]
    if args.self_check:
        args.engines, args.runs = ",".join(SCRIPTS), 1
    args.engines = args.engines.split(",")
    refuse_unknown(parser, args.engines, ("product", *SCRIPTS))
    args.questions = questions(parser, args)
    if any("timeline" in question for question in args.questions) and not args.resource:
        parser.error("a timeline needs --resource or --report")
    if "product" in args.engines and not pathlib.Path(args.bin).is_file():
        parser.error(f"{args.bin} is not there: build it, or name it with --bin")
    args.lake, args.bin = os.path.abspath(args.lake), os.path.abspath(args.bin)
    return args


def refuse_unknown(parser, given, known):
    unknown = sorted(set(given) - set(known))
    if unknown:
        parser.error(f"{', '.join(unknown)} is none of {', '.join(known)}")


def questions(parser, args):
    """The questions in their order, each with somebody to ask."""
    only = (args.only or ",".join((*COLD, "warm"))).split(",")
    only = [each for name in only for each in (WARM if name == "warm" else [name])]
    refuse_unknown(parser, only, ASKED)
    # The warm ones ask what `fill` leaves behind.
    if set(only) & set(WARM):
        only.append("fill")
    return [
        question
        for question in (*COLD, *WARM)
        if question in only and set(ASKED[question]) & set(args.engines)
    ]


def python_of_engines(args):
    """The interpreter that has the other engines, made where it is missing."""
    if not {"duckdb", "polars"} & set(args.engines):
        return sys.executable
    folder = ROOT / "target/bench-venv"
    python = folder / "bin/python"
    requirements = HERE / "requirements.txt"
    wanted = requirements.read_text(encoding="utf-8")
    made = folder / "made-of.txt"
    if not made.is_file() or made.read_text(encoding="utf-8") != wanted:
        tell(f"making {folder}")
        venv.create(folder, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--requirement", requirements]
        subprocess.run(install, check=True, stdout=sys.stderr)
        made.write_text(wanted, encoding="utf-8")
    return str(python)


def read_once(folder):
    """Reads every file, so that all engines find it in memory, and tells what there is."""
    files, gz, size = 0, 0, 0
    for path in lake.files(lake.all_patterns(folder)):
        content = pathlib.Path(path).read_bytes()
        files, gz = files + 1, gz + len(content)
        size += int.from_bytes(content[-4:], "little")
    if files == 0:
        sys.exit(f"there are no deliveries below {folder}/AWSLogs")
    return {"files": files, "gz_bytes": gz, "json_bytes": size}


def medians(figures):
    return {
        key: {name: statistics.median(run[name] for run in runs) for name in FIGURES}
        for key, runs in figures.items()
    }


def markdown(args, there, middle, sizes):
    """The table, ratios against DuckDB on the same question."""
    mib = 1024 * 1024
    lines = [
        f"{there['files']} files, {there['json_bytes'] / mib:.0f} MiB of JSON, "
        f"{there['gz_bytes'] / mib:.0f} MiB of gzip; {args.threads} threads, "
        f"medians of {args.runs} runs, files in the page cache.",
        "",
        "| question | engine | CPU s | user | sys | wall s | peak RSS MiB | CPU / DuckDB | wall / DuckDB |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (question, engine), figure in middle.items():
        duck = middle.get((question, "duckdb"))
        ratios = [
            f"{figure[name] / duck[name]:.3f}" if duck and duck[name] else ""
            for name in ("cpu_s", "wall_s")
        ]
        seconds = (f"{figure[name]:.2f}" for name in FIGURES[:-1])
        cells = [question, engine, *seconds, f"{figure['rss_mb']:.0f}", *ratios]
        lines.append(f"| {' | '.join(cells)} |")
    if sizes:
        lines += ["", "| kept by | MiB | of the JSON |", "|---|---:|---:|"]
    for engine, size in sizes.items():
        share = size / max(there["json_bytes"], 1)
        lines.append(f"| {engine} | {size / mib:.1f} | {share:.1%} |")
    return "\n".join(lines)


def machine():
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "requirements": (HERE / "requirements.txt").read_text(encoding="utf-8").split(),
    }


def main():
    args = arguments()
    python = python_of_engines(args)
    there = read_once(args.lake)
    with tempfile.TemporaryDirectory(dir=args.work, prefix="compare-") as work:
        bench = Bench(args, work, python)
        bench.run()
        differences = bench.differences()
        middle = medians(bench.figures)
        print(markdown(args, there, middle, bench.sizes))
    if args.json:
        figures = [
            {"question": question, "engine": engine, **figure, "runs": bench.figures[question, engine]}
            for (question, engine), figure in middle.items()
        ]
        told = {
            "machine": machine(),
            "lake": there,
            "month": args.month,
            "threads": args.threads,
            "figures": figures,
            "kept_bytes": bench.sizes,
            "kept": bench.kept,
            "agree": not differences,
        }
        pathlib.Path(args.json).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    for difference in differences:
        tell(difference)
    if not differences:
        tell(f"all agree on {', '.join(bench.compared())}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
