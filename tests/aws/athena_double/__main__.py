import argparse
import logging

from .protocol import serve
from .service import Service


def main():
    parser = argparse.ArgumentParser(prog="athena_double", description=__doc__)
    parser.add_argument("--upstream", required=True, help="the server that keeps Glue, S3 and STS")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    serve(options.port, Service(options.upstream.rstrip("/")))


main()
