# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo: the main job of gate25, step by step, on the lab of tests/lab. Called by packaging/demo."""

import json
import os
import secrets
import shlex
import sys
import time

from demo_screen import Screen, excerpt
from lab import Lab
from lab.agent import BUILD, Agent
from lab.mail import PASSWORD, RECIPIENT, USERS
from lab.net import FOREIGN, RELAY
from lab.session import SmtpSession
from lab.until import until

FAMILIES = (4, 6)
PICTURE = """\
   alice  100.64.1.2            ┐            ┌ relay     192.0.2.25        the provider's
          2001:db8:1000:100::2  ├── router ──┤           2001:db8:25::25
   bob    100.64.2.2            ┘   gate25d  └ internet  198.51.100.25     somebody else's mail server
          2001:db8:1000:200::2                           2001:db8:f00::25
"""
ALERT = "http://gate25/v1/alerts"
RADIUS = """
[radius]
listen = ["192.0.2.1:1813"]

[[radius_client]]
name = "access-server"
match = ["192.0.2.25"]
secret_file = "{secret}"
"""
DIALLED, DIALLED_AGAIN = ("100.64.1.2", "2001:db8:1000:100::"), ("100.64.1.77", "2001:db8:1000:a00::")
SESSIONS = ("ss", "-Htn", "state", "established", "sport", "=", ":25")


class Story:
    def __init__(self, lab, screen):
        self.lab, self.screen = lab, screen
        self.agent = Agent(lab)
        self.environment = {**os.environ, "GATE25_SOCKET": str(self.agent.socket),
                            "PATH": f"{BUILD}/cli:{BUILD}:{os.environ['PATH']}"}
        self.secret_file = self.agent.home / "secret"
        self.secret_file.write_text("demo\n")
        for name in ("alice", "bob"):
            home = lab.home / name
            home.mkdir()
            (home / ".swaksrc").write_text(f"--helo {name}.example\n--from {name}@subscriber.example\n--timeout 5\n")

    def tell(self):
        for part in (self.start, self.direct_mail, self.relay, self.exemption, self.redirect, self.alert,
                     self.release, self.new_address, self.expiry, self.removal):
            part()

    def on_router(self, *words, code=0, stdin=None):
        """A command on the router, shown with what it prints; the text comes back."""
        return self.run("router", self.lab.router, *words, code=code, stdin=stdin)

    def run(self, host, namespace, *words, code=0, stdin=None):
        done = namespace.run(*words, check=False, env=self.environment, input=stdin)
        text = done.stdout + done.stderr
        self.screen.command(host, [self.short(w) for w in words], self.short(text))
        if done.returncode != code:
            self.screen.check(False, f"{words[0]} ends with {code}", f"it ended with {done.returncode}")
        return text

    def short(self, text):
        """The lab's own paths are long and say nothing."""
        return str(text).replace(str(self.agent.home), "/run/lab")

    def swaks(self, host, server, family, *more, show=None):
        subject = f"demo-{secrets.token_hex(3)}"
        name = next(n for n in ("alice", "bob") if getattr(self.lab, n) is host)
        words = ["swaks", "--server", server, "--to", RECIPIENT[family], "--h-Subject", subject, *more]
        begun = time.monotonic()
        done = host.run(*words, check=False, env={**self.environment, "SWAKS_HOME": str(self.lab.home / name)})
        seconds = time.monotonic() - begun
        text = done.stdout + done.stderr
        self.screen.command(name, words, excerpt(text, *show) if show else text)
        return done.returncode, text, seconds, subject

    def delivered(self, host, server, family, what, *more):
        code, text, _, subject = self.swaks(host, server, family, *more, show=("Connected", "queued", "refused", "**"))
        arrives = code == 0 and self.arrives(subject)
        self.screen.check(arrives, f"IPv{family}: {what}", text)

    def arrives(self, subject):
        try:
            return self.lab.foreign.inbox.wait_for(subject)
        except AssertionError:
            return None

    def refused(self, host, family, what):
        code, text, seconds, _ = self.swaks(host, FOREIGN[family], family)
        self.screen.check(code == 2 and "refused" in text and seconds < 2, f"IPv{family}: {what} ({seconds:.2f} s)", text)

    def start_agent(self):
        self.agent.start()
        self.screen.command("router", f"gate25d --config {self.short(self.agent.config)} &")

    # The steps

    def start(self):
        self.screen.step("The agent starts on the router", "Policy: block. Its rules are a table of their own in nftables.")
        self.start_agent()
        status = self.on_router("gate25", "status")
        self.screen.check("OK" in status and "in place" in status, "the protection is in place")

    def direct_mail(self):
        self.screen.step("Direct mail to the world is refused at once",
                         "Alice's computer has a bot on it. It dials somebody's mail server on port 25.")
        for family in FAMILIES:
            self.refused(self.lab.alice, family, "refused, and the bot knows at once")
        text = self.on_router("gate25", "explain", "100.64.1.2", FOREIGN[4])
        self.screen.check("reset" in text and "block" in text, "`explain` gives the reason, by the same numbered steps as the manual")

    def relay(self):
        self.screen.step("Mail through the provider's relay is delivered", "Honest mail programs notice nothing.")
        for family in FAMILIES:
            self.delivered(self.lab.alice, RELAY[family], family, "delivered through the relay to the foreign mailbox")

    def exemption(self):
        self.screen.step("An exempt subscriber delivers directly", "Bob runs a mail server and has asked for it.")
        for family in FAMILIES:
            self.on_router("gate25", "exempt", self.lab.bob.address[family], "--reason", "runs a mail server", "--owner", "noc")
        for family in FAMILIES:
            self.delivered(self.lab.bob, FOREIGN[family], family, "Bob's server delivers directly")

    def redirect(self):
        self.screen.step("Redirect: port 25 becomes port 587 of the same host",
                         "One word in the configuration, and nothing is restarted. A subscriber who has a password",
                         "there keeps working without changing his settings; a bot has none.")
        self.on_router("sed", "-i", 's/policy = "block"/policy = "redirect"/', self.agent.config)
        text = self.on_router("gate25", "reload")
        self.screen.check('"redirect"' in text, "the new policy is in force")
        for family in FAMILIES:
            self.delivered(self.lab.alice, FOREIGN[family], family, "logged in, over TLS, and delivered",
                           "-tls", "--auth-user", USERS["foreign"], "--auth-password", PASSWORD)
            self.log_of_port_587(family)
        for family in FAMILIES:
            code, text, _, _ = self.swaks(self.lab.alice, FOREIGN[family], family, "-tls",
                                          show=("Connected", "MAIL FROM", "530"))
            self.screen.check(code == 23 and "530 5.7.0 " in text and "uthentication required" in text,
                              f"IPv{family}: the bot meets a door with a lock", text)

    def log_of_port_587(self, family):
        """The foreign server's own words for where the session arrived."""
        address = self.lab.alice.address[family]
        lines = [line for line in self.lab.foreign.log().splitlines()
                 if "submission/smtpd" in line and f"[{address}]" in line and "sasl_username" in line]
        self.screen.command("internet", ["grep", "submission.*sasl_username", "maillog"], lines[-1] if lines else "")
        self.screen.check(lines, f"IPv{family}: the server saw alice's own address, on port 587")

    def alert(self):
        self.screen.step("An alert arrives, and the live session dies",
                         "Bob, whom we exempted, has a bot now and is in the middle of a message. A spam trap reports",
                         "him on the alert socket. About the exempt an alert decides nothing: it is recorded, and the desk decides.",
                         "Its quarantine counts more than the exemption.")
        for family in FAMILIES:
            self.cut(family)
        self.on_router("gate25", "list")
        self.on_router("gate25", "show", self.lab.bob.address[4])

    def cut(self, family):
        with SmtpSession(self.lab.bob, FOREIGN[family]) as session:
            before = len(self.lab.foreign.inbox.messages())
            self.begin_message(session, family)
            self.run("internet", self.lab.internet, *SESSIONS)
            self.screen.check(session.held_by(self.lab.internet), f"IPv{family}: the session lives, at both ends")
            self.on_router("curl", "-sS", "-w", "answered after %{time_total} s",
                           "--unix-socket", self.agent.home / "alert.sock", ALERT, "--json",
                           json.dumps({"address": self.lab.bob.address[family], "kind": "spam", "reporter": "trap.example"}))
            self.on_router("gate25", "quarantine", self.lab.bob.address[family], "--for", "24h", "--reason", "reported by trap.example")
            fate = session.fate()
            self.screen.output(f"bob sends the next line: {fate}")
            self.screen.check(fate == "reset", f"IPv{family}: it dies with the next packet, for bob")
            is_gone = gone(session, self.lab.internet)
            self.run("internet", self.lab.internet, *SESSIONS)
            self.screen.check(is_gone, f"IPv{family}: and for the server")
            self.screen.check(len(self.lab.foreign.inbox.messages()) == before, f"IPv{family}: nothing was delivered")

    def begin_message(self, session, family):
        """As far as the middle of DATA, shown as it goes."""
        dialogue = [f"<- {session.greeting}"]
        for line, code in (("EHLO bob.example", 250), ("MAIL FROM:<bob@subscriber.example>", 250),
                           (f"RCPT TO:<{RECIPIENT[family]}>", 250), ("DATA", 354)):
            dialogue += [f"-> {line}", f"<- {session.expect(line, code).splitlines()[-1]}"]
        session.fate()      # sends a line, which the server acknowledges
        self.screen.plain(f"   bob is connected to {FOREIGN[family]} port 25:")
        self.screen.output("\n".join([*dialogue, "-> another line of a long message"]))

    def release(self):
        self.screen.step("Release restores what stood before", "Bob has cleaned his machine. His exemption holds again.")
        for family in FAMILIES:
            self.on_router("gate25", "release", self.lab.bob.address[family], "--reason", "machine cleaned")
            self.delivered(self.lab.bob, FOREIGN[family], family, "Bob delivers directly again")
        self.on_router("gate25", "history", self.lab.bob.address[4])

    def new_address(self):
        self.screen.step("A subscriber who dials in again is still held",
                         "Alice is put into quarantine by her name, hangs up, and gets other addresses. The access server tells its",
                         "accounting, as it always has; gate25d listens to it.")
        self.on_router("tee", "-a", self.agent.config, stdin=RADIUS.format(secret=self.secret_file))
        self.on_router("gate25", "reload")
        self.accounting("Start", "s-1", *DIALLED)
        self.on_router("gate25", "quarantine", "subscriber:alice", "--reason", "reported by trap.example")
        self.accounting("Stop", "s-1", *DIALLED)
        self.dial_in(*DIALLED_AGAIN)
        self.accounting("Start", "s-2", *DIALLED_AGAIN)
        for family in FAMILIES:
            self.refused(self.lab.alice, family, "refused at the new address, from the first packet on")
        text = self.on_router("gate25", "subscriber", "alice")
        self.screen.check(all(place in text for place in ("In quarantine", "100.64.1.77", "2001:db8:1000:a00::/56")),
                          "one page has her whole story")
        text = self.on_router("gate25", "explain", "100.64.1.2", FOREIGN[4])
        self.screen.check("redirect" in text, "whoever gets her old address next is not held")
        self.on_router("gate25", "release", "subscriber:alice", "--reason", "machine cleaned")
        self.dial_in(*DIALLED)

    def accounting(self, status, session, v4, net6):
        """What alice's access server tells: it stands where the relay does."""
        packet = (f"Acct-Status-Type = {status}, Acct-Session-Id = {session}, NAS-IP-Address = 192.0.2.25, User-Name = alice, "
                  f"Framed-IP-Address = {v4}, Delegated-IPv6-Prefix = {net6}/56")
        words = ["radclient", "-x", "192.0.2.1:1813", "acct", "demo"]
        done = self.lab.relay.ns.run(*words, check=False, input=packet)
        answers = [line for line in done.stdout.splitlines() if line.startswith("Received")]
        self.screen.command("relay", f"echo {shlex.quote(packet)} | {shlex.join(words)}", "\n".join(answers) + done.stderr)
        self.screen.check(done.returncode == 0 and answers, "it is answered when it is on the disk and in force", done.stdout)

    def dial_in(self, v4, net6):
        """Alice's line has these addresses now."""
        router, alice = self.lab.router, self.lab.alice
        router.run("ip", "address", "replace", f"{net6}1/64", "dev", "alice", "nodad")
        for address, gateway in ((f"{v4}/24", "100.64.1.1"), (f"{net6}2/64", f"{net6}1")):
            alice.run("ip", "address", "replace", address, "dev", "up0", *(("nodad",) if ":" in address else ()))
            alice.run("ip", "route", "replace", "default", "via", gateway, "src", address.split("/")[0])
        self.screen.plain(f"   alice has dialled in: {v4} and {net6}2")

    def expiry(self):
        self.screen.step("A quarantine ends on time with no agent alive",
                         "The time is kept by the kernel, so a dead agent neither opens anything nor keeps anybody in.")
        self.on_router("gate25", "quarantine", self.lab.bob.address[4], "--for", "4s", "--reason", "to show the end")
        self.on_router("gate25", "quarantine", self.lab.bob.address[6], "--for", "4s", "--reason", "to show the end")
        begun, pid = time.monotonic(), self.agent.pid
        self.agent.kill()
        self.screen.command("router", ["kill", "-9", pid])
        self.on_router("gate25", "status", code=3)
        for family in FAMILIES:
            self.refused(self.lab.bob, family, "refused with the agent dead")
        time.sleep(max(0, begun + 4.5 - time.monotonic()))
        self.screen.plain("   (4 seconds later)")
        for family in FAMILIES:
            self.delivered(self.lab.bob, FOREIGN[family], family, "the quarantine is over")

    def removal(self):
        self.screen.step("Away with it", "Stopping the agent leaves the protection in place; taking it away is a command of its own.")
        self.start_agent()
        tables = self.on_router("nft", "list", "tables")
        self.screen.check("inet gate25\n" in tables, "what is gate25's carries its name; it touches nothing else")
        self.on_router("gate25", "remove", "--yes")
        tables = self.on_router("nft", "list", "tables")
        self.screen.check("gate25" not in tables, "the table is gone")
        for family in FAMILIES:
            self.delivered(self.lab.alice, FOREIGN[family], family, "port 25 is open, as before the first step")

    def how_to_play(self):
        """The lab stays up, with policy block."""
        self.agent.configure({})
        self.agent.reload()
        names = {name: getattr(self.lab, name).name for name in ("router", "alice", "bob", "internet")}
        self.screen.plain(f"""
The lab is still up, the agent too, with policy block. As root:

   export GATE25_SOCKET={self.agent.socket} PATH={BUILD}/cli:$PATH
   gate25 status
   ip netns exec {names["alice"]} swaks --server {FOREIGN[4]} --to {RECIPIENT[4]}    # refused
   ip netns exec {names["alice"]} swaks --server {RELAY[4]} --to {RECIPIENT[4]}        # delivered
   gate25 exempt {self.lab.alice.address[4]} --reason "playing"
   gate25 quarantine {self.lab.bob.address[4]} --level mail --for 10m
   gate25 explain {self.lab.bob.address[4]} {FOREIGN[4]} 587
   gate25 events --follow
   ip netns exec {names["router"]} nft list table inet gate25
   ls {self.lab.home}/foreign/boxes/inbox/new      # the foreign mailbox
   $EDITOR {self.agent.config} && gate25 reload

Take it away with: sudo packaging/demo --clean
""")


def gone(session, server):
    try:
        return until(lambda: not session.held_by(server), "the server's end to go", 5) or True
    except AssertionError:
        return False


def main():
    keep = "--keep" in sys.argv[1:]
    screen = Screen()
    screen.title("gate25: mail from subscribers goes through the relay, or not at all")
    screen.plain("Live, on five network namespaces of this machine, with real mail servers (Postfix). The sender and the\n"
                 "name of alice and bob stand in a .swaksrc; the lab's long paths are shown as /run/lab.\n")
    screen.plain(PICTURE)
    with Lab() as lab:
        story = Story(lab, screen)
        story.tell()
        screen.end()
        if keep:
            story.how_to_play()
            lab.keep()
        elif story.agent.running():
            story.agent.stop()
    return 1 if screen.missed else 0


if __name__ == "__main__":
    sys.exit(main())
