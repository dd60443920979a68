# SPDX-License-Identifier: GPL-2.0-or-later
"""A small Internet in network namespaces: subscribers, a router, a relay, a foreign mail server.

Needs root and these Debian packages:

    iproute2 nftables conntrack openssl
    postfix sasl2-bin libsasl2-modules libsasl2-modules-db
    swaks libnet-ssleay-perl libio-socket-inet6-perl libsocket6-perl
    python3 python3-pytest

No service is started through systemd; every process lives in a namespace of the lab and dies with it.
Put the directory above this one into sys.path, then:

    from lab import Lab
    with Lab() as lab:
        lab.foreign.inbox.wait_for(send_direct(lab.alice, 4).token)
"""

from .lab import Lab

__all__ = ["Lab"]
