"""Starts the double; prints where it listens."""

import argparse
import logging
import os
import sys
import threading

from .protocol import serve
from .service import Service


def main():
    parser = argparse.ArgumentParser(prog="athena_double", description=__doc__)
    parser.add_argument("--upstream", required=True, help="the server that keeps Glue, S3 and STS")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-stdin-closes", action="store_true",
                        help="end with the process that holds the other end of standard input")
    options = parser.parse_args()
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    if options.until_stdin_closes:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    serve(options.port, Service(options.upstream.rstrip("/")))


main()
