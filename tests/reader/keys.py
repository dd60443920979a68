# SPDX-License-Identifier: GPL-2.0-or-later
"""People with OpenPGP keys of their own, made by a real gpg, and the mails that they sign."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

ARF = b"""Content-Type: multipart/report; report-type=feedback-report; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe: a line that ends with blanks \t
- a line that begins with a dash
-- and one with two
From somebody, and a dot:
.

--inner
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Reporter/2
Version: 1
Arrival-Date: Sat, 21 Nov 2026 09:59:58 +0000
Source-IP: ADDRESS
Source-Port: 40123

--inner
Content-Type: message/rfc822

From: win@watches.example
Subject: watches

Fine watches.

--inner--
"""


def arf(address="203.0.113.7"):
    """A report as the part that is signed, with the line ends of RFC 3156."""
    return ARF.replace(b"ADDRESS", address.encode()).replace(b"\n", b"\r\n")


def signed_mail(part, signature, before=b"", after=b"", subject=b"a report"):
    """The exact form of RFC 3156: the newline before a delimiter is not signed."""
    return (b"From: Reports <abuse@fbl.example>\r\nSubject: " + subject + b"\r\nMessage-ID: <outer@fbl.example>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/signed; micalg=pgp-sha512;\r\n\tprotocol=\"application/pgp-signature\"; boundary=\"outer\"\r\n\r\n"
            + before + b"--outer\r\n" + part + b"\r\n--outer\r\n"
            b"Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n" + signature + b"\r\n--outer--\r\n" + after)


class Person:
    """A GnuPG home with one key. The name of the directory is short: gpg-agent's socket is in there."""

    def __init__(self, address, *options, expire="never"):
        self.home = Path(tempfile.mkdtemp(prefix="g25-"))
        self.home.chmod(0o700)
        self.address = address
        self.gpg("--passphrase", "", *options, "--quick-generate-key", f"Somebody <{address}>", "ed25519", "sign", expire)
        listed = self.gpg("--with-colons", "--list-keys").decode()
        self.fingerprint = re.search(r"^fpr:+(\w+):", listed, re.M)[1]

    def gpg(self, *words, given=None):
        done = subprocess.run(["gpg", "--batch", "--quiet", "--no-tty", *map(str, words)], input=given, capture_output=True,
                              check=False, env={**os.environ, "GNUPGHOME": str(self.home)})
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def public_key(self):
        return self.gpg("--armor", "--export", self.fingerprint)

    def sign(self, text, *options):
        return self.gpg("--armor", *options, "--detach-sign", given=text)

    def mail(self, part=None, *options, **more):
        part = arf() if part is None else part
        return signed_mail(part, self.sign(part, *options), **more)

    def learn(self, other):
        """Another's key, or his own with what others have said of it."""
        self.gpg("--import", given=other if isinstance(other, bytes) else other.public_key())

    def vouch_for(self, other):
        """Signs the other's key and gives it back to him."""
        self.learn(other)
        self.gpg("--quick-sign-key", other.fingerprint)
        other.learn(self.gpg("--armor", "--export", other.fingerprint))

    def trust(self, other, level):
        """How far the other's word on third keys counts: 4 marginal, 5 full."""
        self.gpg("--import-ownertrust", given=f"{other.fingerprint}:{level}:\n".encode())

    def revoke(self):
        """The key, revoked by its owner."""
        certificate = (self.home / "openpgp-revocs.d" / f"{self.fingerprint}.rev").read_bytes()
        self.gpg("--import", given=certificate.replace(b":-----BEGIN", b"-----BEGIN"))
        return self.public_key()

    def leave(self):
        subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True,
                       env={**os.environ, "GNUPGHOME": str(self.home)})
        shutil.rmtree(self.home, ignore_errors=True)
