# SPDX-License-Identifier: GPL-2.0-or-later
"""A second way between alice and the internet that goes past the router, for one direction of what they say."""

import json
import subprocess

LINK = "side0"


class SideLink:
    """`with SideLink(lab, family) as side: side.takes_answers()` and the router sees alice's packets only."""

    def __init__(self, lab, family):
        self._alice, self._internet, self._family = lab.alice, lab.internet, family

    def __enter__(self):
        subprocess.run(["ip", "link", "add", LINK, "netns", self._alice.name, "type", "veth",
                        "peer", "name", LINK, "netns", self._internet.name], check=True)
        for ns, other in ((self._alice, self._internet), (self._internet, self._alice)):
            # What comes over it has a source that is routed elsewhere.
            ns.sysctl(**{f"net__ipv4__conf__{where}__rp_filter": 0 for where in ("all", LINK, "up0")})
            ns.run("ip", "link", "set", LINK, "up")
            ns.run("ip", "neighbour", "add", other.address[self._family], "lladdr", hardware_address(other), "dev", LINK,
                   "nud", "permanent")
        return self

    def __exit__(self, *_):
        self._alice.run("ip", "link", "delete", LINK)

    def takes_answers(self):
        """From the internet to alice."""
        self._internet.run("ip", "route", "add", self._alice.address[self._family], "dev", LINK)

    def takes_questions(self):
        """From alice to the internet."""
        self._alice.run("ip", "route", "add", self._internet.address[self._family], "dev", LINK,
                        "src", self._alice.address[self._family])


def hardware_address(ns):
    return json.loads(ns.run("ip", "-json", "link", "show", "dev", LINK).stdout)[0]["address"]
