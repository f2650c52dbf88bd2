"""HTTP on loopback: Athena's JSON 1.1, the double's own control paths, and a proxy for the rest."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from .errors import Refused

HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
       "upgrade", "content-length", "expect"}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def make_server(port, service):
    pool = urllib3.PoolManager(maxsize=32, retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_expect_100(self):
            done = super().handle_expect_100()
            self.wfile.flush()  # the client sends its body only after this
            return done

        def log_message(self, *_):
            pass

        def body(self):
            if (self.headers.get("Transfer-Encoding") or "").lower() == "chunked":
                out = b""
                while True:
                    size = int(self.rfile.readline().split(b";")[0], 16)
                    out += self.rfile.read(size)
                    self.rfile.readline()
                    if size == 0:
                        return out
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def answer(self, status, value, headers=()):
            raw = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(raw)))
            for name, text in headers:
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(raw)

        def handle_any(self):
            body = self.body()
            target = self.headers.get("X-Amz-Target") or ""
            try:
                if self.path.startswith("/_double/"):
                    self.control(body)
                elif target.startswith("AmazonAthena."):
                    self.athena(target.split(".", 1)[1], body)
                else:
                    self.proxy(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any

        def athena(self, operation, body):
            found = re.search(r"Credential=([^/,]+)/\d+/([^/]+)/", self.headers.get("Authorization") or "")
            who = found.groups() if found else ("test", "us-east-1")
            try:
                self.answer(200, service.call(operation, json.loads(body or b"{}"), who))
            except Refused as error:
                value = {"__type": error.kind, "Message": error.message}
                if error.code:
                    value["AthenaErrorCode"] = error.code
                self.answer(400, value, [("x-amzn-ErrorType", error.kind)])
            except (KeyError, ValueError) as error:
                self.answer(400, {"__type": "InvalidRequestException", "Message": f"bad request: {error!r}"})

        def control(self, body):
            path = self.path.split("?")[0]
            value = json.loads(body or b"{}") if self.command == "POST" else None
            if path == "/_double/calls":
                return self.answer(200, list(service.calls))
            if path == "/_double/calls/clear":
                service.calls.clear()
                return self.answer(200, {})
            if path == "/_double/queries":
                return self.answer(200, [
                    {"id": q.id, "state": q.state, "sql": q.body["QueryString"], "scanned_bytes": q.scanned,
                     "objects": q.objects, "reason": q.reason, "duckdb_sql": q.duckdb_sql}
                    for q in list(service.queries.values())])
            if path == "/_double/settings":
                service.settings.update(value or {})
                return self.answer(200, service.settings)
            if path == "/_double/fail-next":
                service.fail_next.append(value or {})
                return self.answer(200, {})
            if path == "/_double/health":
                return self.answer(200, {"ok": True})
            return self.answer(404, {"message": "unknown control path"})

        def proxy(self, body):
            headers = [(k, v) for k, v in self.headers.items() if k.lower() not in HOP]
            try:
                got = pool.urlopen(self.command, service.upstream + self.path, body=body or None,
                                   headers=urllib3.HTTPHeaderDict(headers), redirect=False, decode_content=False)
            except urllib3.exceptions.HTTPError as error:
                return self.answer(502, {"message": f"upstream: {error}"})
            self.send_response(got.status)
            for name, text in got.headers.items():
                if name.lower() not in HOP and name.lower() not in ("server", "date"):
                    self.send_header(name, text)
            length = got.headers.get("Content-Length") if self.command == "HEAD" else str(len(got.data))
            if length is not None and got.status not in (204, 304):
                self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(got.data)

    return Server(("127.0.0.1", port), Handler)


def serve(port, service):
    server = make_server(port, service)
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        threading.Thread(target=server.shutdown, daemon=True).start()
