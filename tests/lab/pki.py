# SPDX-License-Identifier: GPL-2.0-or-later
"""A certificate authority for one lab."""

import subprocess
from collections import namedtuple

Certificate = namedtuple("Certificate", "certificate key")


class Authority:
    def __init__(self, directory):
        self._directory = directory
        directory.mkdir()
        self.file = directory / "ca.pem"
        _openssl("req", "-x509", *_new_key(directory / "ca.key"), "-out", self.file, "-days", "2",
                 "-subj", "/CN=gate25 lab authority")

    def issue(self, name, addresses):
        """A certificate for the host name and its literal addresses."""
        key, certificate = self._directory / f"{name}.key", self._directory / f"{name}.pem"
        names = ",".join([f"DNS:{name}", *(f"IP:{a}" for a in addresses)])
        _openssl("req", "-x509", *_new_key(key), "-CA", self.file, "-CAkey", self._directory / "ca.key",
                 "-out", certificate, "-days", "2", "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName={names}", "-addext", "basicConstraints=CA:FALSE")
        return Certificate(certificate, key)


def _new_key(file):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file]


def _openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
