#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keyserver.py PORT DIRECTORY: answers HKP over HTTP (draft-gallagher-openpgp-hkp) with the keys in the directory, a file FINGERPRINT each.
A key is found by its fingerprint or by the last 16 digits of it. Asked of /pks/lookup, one line each goes into the file `asked`."""

import http.server
import sys
import urllib.parse
from pathlib import Path

KEYS = Path(sys.argv[2])


class Lookup(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        wanted = query.get("search", [""])[0].upper().removeprefix("0X")
        with (KEYS / "asked").open("a", encoding="ascii") as asked:
            asked.write(wanted + "\n")
        found = [file for file in KEYS.iterdir() if len(wanted) >= 16 and file.name.endswith(wanted)]
        if url.path != "/pks/lookup" or query.get("op") != ["get"] or not found:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", "application/pgp-keys")
        self.end_headers()
        return self.wfile.write(found[0].read_bytes())

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Lookup).serve_forever()
