"""Runs one program and tells what it used: CPU of it and of its children, wall time, peak memory.

A process of its own, and a small one: on Linux a program's peak memory begins at that of the process
that started it.
"""

import json
import os
import sys
import time


def main():
    report, out, err, *command = sys.argv[1:]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o644),
    ]
    start = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - start
    measured = {
        "code": os.waitstatus_to_exitcode(status),
        "cpu_s": used.ru_utime + used.ru_stime,
        "user_s": used.ru_utime,
        "sys_s": used.ru_stime,
        "wall_s": wall,
        "rss_mb": used.ru_maxrss / 1024,
    }
    with open(report, "w", encoding="utf-8") as file:
        json.dump(measured, file)


main()
