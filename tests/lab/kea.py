# SPDX-License-Identifier: GPL-2.0-or-later
"""Real Kea servers on the router's side of carol: leases in memory and in a journal, a control socket with the hook for leases."""

import json
import os
import socket
import subprocess
from pathlib import Path

from .dhcp import INTERFACE, NETWORK
from .until import until

HOOK = next(Path("/usr/lib").glob("*/kea/hooks/libdhcp_lease_cmds.so"), None)
POOL = {4: "100.64.9.10-100.64.9.99", 6: "2001:db8:1000:900::1000-2001:db8:1000:900::1fff"}
DELEGATED = {"prefix": "2001:db8:1a00::", "prefix-len": 40, "delegated-len": 56}


class Kea:
    """start() comes back when it answers."""

    def __init__(self, ns, home, family):
        assert HOOK, "there is no libdhcp_lease_cmds.so: packaging/install-packages packaging/requirements-test installs Kea"
        self._ns = ns
        self._home = home
        self._family = family
        self.socket = home / f"kea{family}.sock"
        self.leases = home / f"leases{family}.csv"
        self._log = home / f"kea{family}.log"
        self._process = None

    def start(self, clean_every=0):
        config = self._home / f"kea{self._family}.json"
        config.write_text(json.dumps(self._configuration(clean_every)))
        with self._log.open("a") as log:
            self._process = self._ns.popen(f"kea-dhcp{self._family}", "-c", config, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env={**os.environ, "KEA_LOCKFILE_DIR": "none", "KEA_PIDFILE_DIR": str(self._home),
                                                "KEA_LOGGER_DESTINATION": "stdout"})
        until(self._answers, "Kea to answer", 20)
        return self

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def ask(self, command, **arguments):
        """The answer of the command; an error of Kea is one of ours."""
        with socket.socket(socket.AF_UNIX) as kea:
            kea.settimeout(10)
            kea.connect(str(self.socket))
            kea.sendall(json.dumps({"command": command, **({"arguments": arguments} if arguments else {})}).encode())
            answer = b""
            while piece := kea.recv(65536):
                answer += piece
        answer = json.loads(answer)
        assert answer["result"] in (0, 3), answer
        return answer.get("arguments")

    def add(self, address, hardware, **more):
        """A lease without a client."""
        if self._family == 6:
            more = {"duid": "00:03:00:01:" + hardware, "iaid": 1, **more}
        self.ask(f"lease{self._family}-add", **{"ip-address": address, "hw-address": hardware, "subnet-id": 1, **more})

    def remove(self, address, **more):
        self.ask(f"lease{self._family}-del", **{"ip-address": address, **more})

    def _answers(self):
        assert self._process.poll() is None, f"Kea ended with {self._process.returncode}\n{self._log.read_text()}"
        try:
            return self.ask("list-commands")
        except OSError:
            return None

    def _configuration(self, clean_every):
        subnet = {"id": 1, "subnet": NETWORK[self._family], "pools": [{"pool": POOL[self._family]}]}
        server = {
            "interfaces-config": {"interfaces": [INTERFACE]},
            "control-socket": {"socket-type": "unix", "socket-name": str(self.socket)},
            "lease-database": {"type": "memfile", "persist": True, "name": str(self.leases), "lfc-interval": clean_every},
            "hooks-libraries": [{"library": str(HOOK)}],
            "valid-lifetime": 3600,
            "loggers": [{"name": f"kea-dhcp{self._family}", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
        }
        subnets = [subnet]
        if self._family == 4:
            subnets.append({"id": 2, "subnet": "10.9.9.0/24"})      # which is no subscriber's
        else:
            server["server-id"] = {"type": "EN", "enterprise-id": 2495, "identifier": "0123", "persist": False}
            subnet.update({"interface": INTERFACE, "pd-pools": [DELEGATED]})
        return {f"Dhcp{self._family}": {**server, f"subnet{self._family}": subnets}}
