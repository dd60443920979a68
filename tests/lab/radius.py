# SPDX-License-Identifier: GPL-2.0-or-later
"""RADIUS as providers have it: an access server (FreeRADIUS' radclient) and a server that passes its accounting on (FreeRADIUS)."""

import subprocess
import time

from .until import until

PORT = 1813
SECRET = "a shared secret"

PROXY = """prefix = /usr
libdir = /usr/lib/freeradius
logdir = {home}
run_dir = {home}
max_requests = 4096
proxy_requests = yes
log {{
  destination = stdout
}}
proxy server {{
  retry_delay = 1
  retry_count = 8
}}
home_server gate25 {{
  type = acct
  {kind} = {target}
  port = {port}
  secret = "{secret}"
  response_window = 5
  status_check = status-server
  check_interval = 6
  num_answers_to_alive = 3
}}
home_server_pool gate25 {{
  type = fail-over
  home_server = gate25
}}
realm gate25 {{
  acct_pool = gate25
}}
client access {{
  ipaddr = 127.0.0.1
  secret = "{own_secret}"
}}
modules {{
  always ok {{
    rcode = ok
  }}
}}
server accounting {{
  listen {{
    type = acct
    ipaddr = 127.0.0.1
    port = {own_port}
  }}
  preacct {{
    update control {{
      &Proxy-To-Realm := "gate25"
    }}
  }}
  accounting {{
    ok
  }}
}}
"""


def endpoint(address, port=PORT):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class AccessServer:
    """Sends from a namespace; each record is one process of radclient, which says whether it was answered."""

    def __init__(self, namespace, target, secret=SECRET, name="bras-1"):
        self.namespace, self.target, self.secret, self.name = namespace, target, secret, name
        self.log = ""

    def send(self, status, session=None, user=None, wait=10, tries=1, **attributes):
        """Underscores for dashes: send("Start", "s1", "anna", Framed_IP_Address="100.64.1.2", Delegated_IPv6_Prefix=[...])."""
        known = {"Acct-Status-Type": status, "NAS-Identifier": self.name, "Acct-Session-Id": session, "User-Name": user}
        known |= {key.replace("_", "-"): value for key, value in attributes.items()}
        lines = [f"{key} = {spelt(one)}" for key, value in known.items() if value is not None
                 for one in (value if isinstance(value, list) else [value])]
        return self.ask("acct", ", ".join(lines), wait, tries)

    def ask(self, kind, text, wait=10, tries=1):
        words = ["-6"] if ":" in self.target.partition("]")[0] and self.target.startswith("[") else []
        done = self.namespace.run("radclient", "-x", *words, "-r", tries, "-t", wait, self.target, kind, self.secret,
                                  input=text + "\n", check=False)
        self.log = done.stdout + done.stderr
        return done.returncode == 0 and "Received Accounting-Response" in done.stdout


def spelt(value):
    return f'"{value}"' if isinstance(value, str) and not value.startswith("0x") and not _is_address(value) else str(value)


def _is_address(text):
    return text.replace(".", "").isdigit() or ":" in text and all(c in "0123456789abcdef:/" for c in text)


class Proxy:
    """`with Proxy(...)`: FreeRADIUS, which passes accounting on and answers when it was answered."""

    def __init__(self, namespace, home, target, own_port):
        self.namespace, self.home, self.own_port = namespace, home / f"radius-{own_port}", own_port
        self.home.mkdir(exist_ok=True)
        kind = "ipv6addr" if ":" in target else "ipaddr"
        (self.home / "radiusd.conf").write_text(PROXY.format(home=self.home, kind=kind, target=target, port=PORT, secret=SECRET,
                                                             own_secret=SECRET, own_port=own_port))

    def __enter__(self):
        with (self.home / "log").open("w") as log:
            self._process = self.namespace.popen("freeradius", "-d", self.home, "-f", "-l", "stdout", "-xx", stdout=log,
                                                 stderr=log, stdin=subprocess.DEVNULL)
        until(lambda: "Ready to process requests" in self.log(), f"FreeRADIUS to be ready\n{self.log()}", 20)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)

    def log(self):
        return (self.home / "log").read_text()

    def access_server(self, name="bras-1"):
        return AccessServer(self.namespace, endpoint("127.0.0.1", self.own_port), name=name)


def now():
    return int(time.time())
