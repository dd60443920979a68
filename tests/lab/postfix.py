# SPDX-License-Identifier: GPL-2.0-or-later
"""A Postfix instance of its own: own configuration, queue and data, no chroot, inside one namespace."""

import os
import pwd
import grp
import shutil
import subprocess

from .until import until

DAEMONS = "/usr/lib/postfix/sbin"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")

# service, type, private, unprivileged, chroot, wakeup, maxproc, command
SERVICES = """
smtp         inet n - n - - smtpd {smtp}
submission   inet n - n - - smtpd {submission}
cleanup      unix n - n - 0 cleanup
qmgr         unix n - n 300 1 qmgr
tlsmgr       unix - - n 1000? 1 tlsmgr
rewrite      unix - - n - - trivial-rewrite
bounce       unix - - n - 0 bounce
defer        unix - - n - 0 bounce
trace        unix - - n - 0 bounce
proxymap     unix - - n - - proxymap
smtp         unix - - n - - smtp
error        unix - - n - - error
retry        unix - - n - - error
virtual      unix - n n - - virtual
anvil        unix - - n - 1 anvil
scache       unix - - n - 1 scache
postlog      unix-dgram n - n - 1 postlogd
"""

MAIN = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": DAEMONS,
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "inet_protocols": "all",
    "inet_interfaces": "all",
    "mydestination": "",
    "alias_maps": "",
    "local_recipient_maps": "",
    "smtp_dns_support_level": "disabled",
    "smtpd_peername_lookup": "no",
    "smtp_host_lookup": "native",
    "maximal_queue_lifetime": "1h",
    "bounce_queue_lifetime": "1h",
    "queue_run_delay": "2s",
    "minimal_backoff_time": "2s",
    "maximal_backoff_time": "4s",
    "smtpd_tls_session_cache_database": "",
    "smtp_tls_session_cache_database": "",
    "smtpd_tls_security_level": "may",
    "smtpd_tls_loglevel": "1",
    "smtp_tls_security_level": "may",
    "smtpd_sasl_type": "cyrus",
    "smtpd_sasl_path": "smtpd",
}

# What a submission port owes its users: TLS, then a password, asked for at MAIL FROM (RFC 6409, RFC 4954: 530).
SUBMISSION = (
    "syslog_name=postfix/submission",
    "smtpd_tls_security_level=encrypt",
    "smtpd_tls_auth_only=yes",
    "smtpd_sasl_auth_enable=yes",
    "smtpd_delay_reject=no",
    "{smtpd_sender_restrictions=permit_sasl_authenticated, "
    "check_sender_access static:{530 5.7.0 Authentication required}}",
    "smtpd_relay_restrictions=permit_sasl_authenticated,reject",
)


class Postfix:
    """start() returns at once; ready() waits for the banners of 25 and 587."""

    def __init__(self, ns, home, certificate, settings, smtp=()):
        self.ns = ns
        self.home = home
        self.log_file = home / "maillog"
        self._settings = {**MAIN, **self._paths(certificate), **settings}
        self._smtp = smtp
        self._master = None

    def start(self):
        self._directories()
        (self.home / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self._settings.items()))
        (self.home / "master.cf").write_text(SERVICES.format(smtp=_options(self._smtp),
                                                             submission=_options(SUBMISSION)))
        self._master = self.ns.popen(f"{DAEMONS}/master", "-d", "-c", self.home, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=(self.home / "stderr").open("w"))

    def ready(self):
        for port in (25, 587):
            until(lambda port=port: self._greets(port), f"port {port} of {self.ns.name} to greet", 15)

    def stop(self):
        """The master takes its children with it; whoever stays is ended with the namespace."""
        if self._master:
            self._master.terminate()
            self._master.wait(10)
            self._master = None

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def add_user(self, user, password):
        """A SASL user; the login name is USER@DOMAIN."""
        name, _, domain = user.partition("@")
        file = self.home / "sasl" / "sasldb2"
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", file, "-u", domain, name],
                       input=password, text=True, check=True, capture_output=True)
        shutil.chown(file, "root", "postfix")
        file.chmod(0o640)

    def _greets(self, port):
        if self._master.poll() is not None:
            raise RuntimeError(f"postfix ended: {(self.home / 'stderr').read_text()}{self.log()}")
        try:
            with self.ns.connect(self.ns.address[4], port) as connection:
                return connection.recv(100).startswith(b"220")
        except OSError:
            return False

    def _paths(self, certificate):
        return {
            "queue_directory": self.home / "queue",
            "data_directory": self.home / "data",
            "maillog_file": self.log_file,
            "maillog_file_prefixes": self.home,
            "cyrus_sasl_config_path": self.home / "sasl",
            "smtpd_tls_cert_file": certificate.certificate,
            "smtpd_tls_key_file": certificate.key,
        }

    def _directories(self):
        owner, dropper = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        queue, data, sasl = (self.home / name for name in ("queue", "data", "sasl"))
        for directory in (self.home, queue, queue / "pid", data, sasl):
            directory.mkdir(exist_ok=True)
        os.chown(data, owner, -1)
        for name in QUEUES:
            (queue / name).mkdir(mode=0o700)
            os.chown(queue / name, owner, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (queue / name).mkdir()
            (queue / name).chmod(mode)
            os.chown(queue / name, owner, dropper)
        (sasl / "smtpd.conf").write_text("pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                                         f"mech_list: PLAIN LOGIN\nsasldb_path: {sasl}/sasldb2\n")


def _options(settings):
    return " ".join(f"-o {setting}" for setting in settings)
