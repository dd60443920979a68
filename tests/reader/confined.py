#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""confined.py UNIT PROGRAM [ARGUMENTS]: runs a program with the system calls and address families that a unit file leaves it,
as systemd would. Without systemd as the first process there is no other way to try a unit's privileges."""

import ctypes
import os
import subprocess
import sys

LIBRARY = ctypes.CDLL("libseccomp.so.2")
LIBRARY.seccomp_init.restype = ctypes.c_void_p
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1      # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
EQUALS = 4                                      # SCMP_CMP_EQ
FAMILIES = {"AF_UNIX": 1, "AF_NETLINK": 16, "AF_INET": 2, "AF_INET6": 10}


class Argument(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


def expanded(words):
    """Names of calls; @groups as systemd has them."""
    names = set()
    for word in words:
        if not word.startswith("@"):
            names.add(word)
            continue
        told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True).stdout
        names |= expanded([line.strip() for line in told.splitlines()[1:] if line.strip() and not line.strip().startswith("#")])
    return names


def settings(unit, key):
    with open(unit, encoding="utf-8") as file:
        return [line.strip().removeprefix(key + "=") for line in file if line.startswith(key + "=")]


def allowed_calls(unit):
    """Line by line: the first says what is allowed, ~ takes away, others add."""
    allowed = expanded(["@default"])
    for line in settings(unit, "SystemCallFilter"):
        if line.startswith("~"):
            allowed -= expanded(line[1:].split()) - expanded(["@default"])
        else:
            allowed |= expanded(line.split())
    return allowed


def confine(unit):
    context = ctypes.c_void_p(LIBRARY.seccomp_init(ctypes.c_uint32(REFUSE)))
    for name in sorted(allowed_calls(unit) - {"socket"}):
        number = LIBRARY.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            LIBRARY.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), number, 0)
    socket = LIBRARY.seccomp_syscall_resolve_name(b"socket")
    for family in " ".join(settings(unit, "RestrictAddressFamilies")).split():
        argument = Argument(0, EQUALS, FAMILIES[family], 0)
        LIBRARY.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), socket, 1, ctypes.byref(argument))
    if LIBRARY.seccomp_load(context) != 0:
        sys.exit("the filter cannot be loaded")


if __name__ == "__main__":
    confine(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])
