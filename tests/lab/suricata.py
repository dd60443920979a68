# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Suricata that watches the router's side of one subscriber and writes its events to a unix socket by itself.

It runs as a user without a home, with two capabilities, knows the rules that it is given and no others, and takes
less than 30 MB.
"""

import json
import pwd
import shutil
import subprocess

from .until import until

USER = "nobody"
# Of the distribution: what the words of `classtype` mean.
CLASSES = "/etc/suricata/classification.config"

CONFIGURATION = {
    "vars": {"address-groups": {"HOME_NET": "any", "EXTERNAL_NET": "any"}},
    "stats": {"enabled": True, "interval": 1},
    "logging": {"default-log-level": "notice", "outputs": [{"console": {"enabled": True}}]},
    "unix-command": {"enabled": False},
    "max-pending-packets": 256,
    "default-packet-size": 1522,
    "host": {"hash-size": 256, "prealloc": 16, "memcap": "1mb"},
    "defrag": {"memcap": "1mb", "hash-size": 256, "trackers": 256, "max-frags": 256, "prealloc": False, "timeout": 10},
    "flow": {"memcap": "8mb", "hash-size": 1024, "prealloc": 64, "managers": 1, "recyclers": 1},
    # A flow is told of soon after its end, so that a test sees one.
    "flow-timeouts": {"tcp": {"new": 2, "established": 30, "closed": 1, "bypassed": 5, "emergency-new": 1,
                              "emergency-established": 10, "emergency-closed": 0, "emergency-bypassed": 4}},
    "stream": {"memcap": "8mb", "checksum-validation": False, "midstream": True,
               "reassembly": {"memcap": "8mb", "depth": "64kb"}},
    "app-layer": {"protocols": {"smtp": {"enabled": True}}},
    "mpm-algo": "ac",
    "spm-algo": "bm",
    "detect": {"profile": "low"},
    "threading": {"set-cpu-affinity": False, "detect-thread-ratio": 1.0},
}


class Suricata:
    """start() comes back when packets are being looked at."""

    def __init__(self, ns, home, interface, socket, rules):
        self._ns = ns
        self.home = home
        self._interface = interface
        self._socket = socket
        self._rules = rules
        self._process = None

    def start(self):
        program = shutil.which("suricata")
        assert program, "there is no suricata: packaging/install-packages packaging/requirements-suricata installs it"
        self._write()
        with (self.home / "console").open("w") as console:
            self._process = self._ns.popen(
                "setpriv", f"--reuid={USER}", f"--regid={pwd.getpwnam(USER).pw_gid}", "--clear-groups", "--no-new-privs",
                "--inh-caps=+net_raw,+net_admin", "--ambient-caps=+net_raw,+net_admin",
                program, "-c", self.home / "suricata.yaml", "-S", self.home / "rules", "-l", self.home / "logs",
                f"--af-packet={self._interface}", "-k", "none", "--runmode", "single",
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        until(self._watches, "suricata to look at packets", 60)
        return self

    def stop(self):
        if self._process:
            self._process.terminate()
            code = self._process.wait(30)
            self._process = None
            assert code == 0, f"suricata ended with {code}\n{self.log()}"

    def log(self):
        console = self.home / "console"
        return console.read_text() if console.exists() else ""

    def _watches(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"suricata ended with {self._process.returncode}\n{self.log()}")
        return "Engine started" in self.log()

    def _write(self):
        self.home.mkdir()
        logs = self.home / "logs"
        logs.mkdir()
        shutil.chown(logs, USER)
        (self.home / "rules").write_text("".join(rule + "\n" for rule in self._rules))
        eve = {"enabled": True, "filetype": "unix_stream", "filename": str(self._socket),
               "types": ["alert", "flow", {"stats": {"totals": True, "threads": False}}]}
        settings = {**CONFIGURATION, "classification-file": CLASSES, "outputs": [{"eve-log": eve}],
                    "af-packet": [{"interface": self._interface, "threads": 1, "cluster-id": 25, "cluster-type": "cluster_flow",
                                   "defrag": True, "use-mmap": True, "tpacket-v3": False, "ring-size": 512}]}
        # JSON is YAML.
        (self.home / "suricata.yaml").write_text("%YAML 1.1\n---\n" + json.dumps(settings, indent=1) + "\n")
