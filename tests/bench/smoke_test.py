#!/usr/bin/python3
"""Every benchmark's body runs a few times and succeeds, and tools/bench writes the JSON that it promises. Nothing is
said about time. usage: smoke_test.py BENCH_TABLE BENCH"""

import json
import os
import subprocess
import sys
import tempfile

table, program = sys.argv[1:]
counted = subprocess.run([program, "--count", "5"], check=True, stdout=subprocess.PIPE, text=True).stdout
ran = [line.split()[0] for line in counted.splitlines() if line.endswith(" ok")]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "bench.json")
    # A thousandth of a second each: the table has all rows, its times mean nothing.
    subprocess.run([table, program, "--json", path, "--repetitions", "1", "--seconds", "0.001", "--no-instructions",
                    "--no-memory"], check=True, stdout=subprocess.DEVNULL)
    with open(path) as f:
        rows = json.load(f)

keys = {"benchmark", "ns", "floor", "floor_ns", "ratio", "goal", "instructions"}
promised = ["tbu_hit_lt", "tbu_hit_main_lt", "tbu_miss_nested_lt", "tbu_dmi", "tbu_hit_at", "msi_end_to_end_lt",
            "record_on"]
problems = []
for row in rows:
    if set(row) != keys:
        problems.append("%s has the keys %s" % (row.get("benchmark"), sorted(row)))
    elif not row["ns"] > 0:
        problems.append("%s took no time" % row["benchmark"])
    elif row["benchmark"] in promised and (row["floor"] is None or row["goal"] is None or not row["ratio"] > 0):
        problems.append("%s has no floor, goal or ratio" % row["benchmark"])
names = [row["benchmark"] for row in rows]
problems += ["%s is not in the table" % name for name in promised + ran if name not in names]
problems += ["%s was not counted" % name for name in names if name not in ran]
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
