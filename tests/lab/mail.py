# SPDX-License-Identifier: GPL-2.0-or-later
"""The two mail servers, and the mailbox in which the foreign one puts what it takes."""

import email
import shutil

from .net import SUBSCRIBERS
from .postfix import Postfix
from .until import until

DOMAIN = "foreign.example"
USERS = {"relay": "alice@provider.example", "foreign": "traveller@" + DOMAIN}
PASSWORD = "correct horse"
RECIPIENT = {4: "four@" + DOMAIN, 6: "six@" + DOMAIN}   # the relay reaches each over the family in its name


class Inbox:
    """A maildir."""

    def __init__(self, directory):
        self._new = directory / "new"

    def messages(self):
        files = sorted(self._new.iterdir()) if self._new.exists() else []
        return [email.message_from_bytes(file.read_bytes()) for file in files]

    def find(self, token):
        """The message whose Subject holds the token, or None."""
        return next((m for m in self.messages() if token in (m["Subject"] or "")), None)

    def wait_for(self, token, seconds=15):
        return until(lambda: self.find(token), f"the mail {token} in the mailbox", seconds)


def relay(ns, home, authority, foreign):
    """The provider's relay: open to subscribers on 25, to anybody with a password on 587."""
    certificate = authority.issue("relay.provider.example", ns.address.values())
    routes = home / "transport"
    home.mkdir()
    routes.write_text("".join(f"{RECIPIENT[f]} smtp:[{foreign.address[f]}]\n" for f in (4, 6)))
    networks = " ".join(_bracketed(n) for n in SUBSCRIBERS)
    return Postfix(ns, home, certificate, {
        "myhostname": "relay.provider.example",
        "mynetworks": networks,
        "transport_maps": f"texthash:{routes}",
        "default_transport": "error:the lab knows one foreign domain only",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
    })


def foreign(ns, home, authority):
    """Somebody else's mail server: takes mail for its domain from all the world, and its own users' mail on 587."""
    home.mkdir()
    boxes = home / "boxes"
    boxes.mkdir()
    shutil.chown(boxes, "nobody", "nogroup")
    server = Postfix(ns, home, authority.issue("mail." + DOMAIN, ns.address.values()), {
        "myhostname": "mail." + DOMAIN,
        "mynetworks": "",
        "virtual_mailbox_domains": DOMAIN,
        "virtual_mailbox_maps": "static:inbox/",
        "virtual_mailbox_base": boxes,
        "virtual_minimum_uid": "1",
        "virtual_uid_maps": "static:65534",
        "virtual_gid_maps": "static:65534",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
    }, smtp=("smtpd_sasl_auth_enable=yes", "smtpd_tls_auth_only=yes"))
    server.inbox = Inbox(boxes / "inbox")
    return server


def _bracketed(prefix):
    address, _, length = prefix.partition("/")
    return f"[{address}]/{length}" if ":" in address else prefix
