# SPDX-License-Identifier: GPL-2.0-or-later
"""swaks, run on a subscriber's host: as the honest user's mail program and as the bot.

Its exit status says how far it came: 0 delivered, 2 no connection, 23 MAIL refused, 24 RCPT refused, 28 AUTH, 29 TLS.
"""

import secrets
import time
from collections import namedtuple

from .mail import PASSWORD, RECIPIENT, USERS
from .net import FOREIGN, RELAY

DELIVERED, NO_CONNECTION, MAIL_REFUSED = 0, 2, 23

# token: a word nobody else uses, in the Subject; seconds: how long the whole run took
Sent = namedtuple("Sent", "code transcript seconds token")


def send(ns, family, server, *options, port=25, sender="someone@subscriber.example", timeout=5):
    token = "g25-" + secrets.token_hex(6)
    begun = time.monotonic()
    done = ns.run("swaks", f"-{family}", "--server", server, "--port", port, "--timeout", timeout,
                  "--helo", "subscriber.example", "--from", sender, "--to", RECIPIENT[family],
                  "--header", f"Subject: {token}", *options, check=False)
    return Sent(done.returncode, done.stdout + done.stderr, time.monotonic() - begun, token)


def send_direct(ns, family, *options, **settings):
    """What a bot does: straight to the foreign server's port 25."""
    return send(ns, family, FOREIGN[family], *options, **settings)


def send_via_relay(ns, family, *options, **settings):
    return send(ns, family, RELAY[family], *options, **settings)


def send_authenticated(ns, family, *options, server="foreign", port=587, **settings):
    """A user with a password, STARTTLS demanded; `port=25` for the one who never changed his old settings."""
    host = {"foreign": FOREIGN, "relay": RELAY}[server][family]
    return send(ns, family, host, "-tls", "--auth", "PLAIN", "--auth-user", USERS[server],
                "--auth-password", PASSWORD, *options, port=port, sender=USERS[server], **settings)
