# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: qemu without hardware support, one processor, the host's root through virtiofs."""

import subprocess
import threading
import time
from pathlib import Path

VIRTIOFSD = ("/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd")
MEMORY = "1024M"

# Not "microvm": it has no clock but the jiffies. The clock of a TCG guest is no TSC.
COMMAND_LINE = ("console=ttyS0 quiet loglevel=4 panic=-1 tsc=unstable mitigations=off nokaslr no_timer_check "
                "random.trust_cpu=on rcupdate.rcu_expedited=1")


def boot(kernel, job, seconds, on_line, **environment):
    """The exit status that the guest told, None when it told none within the time. `job` is a directory for this guest."""
    initrd, console, socket = job / "initrd", job / "console", job / "hostroot.sock"
    kernel.write_initrd(initrd)
    append = [COMMAND_LINE, f"VM_MODULES={kernel.modules}", f"VM_JOB={job}"]
    append += [f"{key}={value}" for key, value in environment.items() if value]
    server = next(file for file in VIRTIOFSD if Path(file).exists())
    with (job / "virtiofsd.log").open("w") as log, subprocess.Popen(
            [server, f"--socket-path={socket}", "-o", "source=/", "-o", "cache=always", "-o", "sandbox=chroot",
             "--thread-pool-size=1"], stdin=subprocess.DEVNULL, stdout=log, stderr=log) as files:
        try:
            _wait_for(socket, files)
            return _watch(_qemu(kernel, initrd, console, socket, " ".join(append)), job, seconds, on_line)
        finally:
            files.kill()


def _wait_for(socket, server):
    while not socket.exists():
        if server.poll() is not None:
            raise RuntimeError(f"virtiofsd ended with {server.returncode}; it needs root")
        time.sleep(0.02)


def _qemu(kernel, initrd, console, socket, append):
    return ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-accel", "tcg,tb-size=256", "-cpu", "max,la57=off", "-smp", "1", "-M", "pc", "-m", MEMORY,
            "-object", f"memory-backend-memfd,id=mem,size={MEMORY},share=on", "-numa", "node,memdev=mem",
            "-kernel", kernel.image, "-initrd", initrd, "-append", append,
            "-chardev", f"file,id=console,path={console}", "-serial", "chardev:console",
            "-chardev", "file,id=report,path=/dev/stdout",
            "-device", "virtio-serial-pci", "-device", "virtserialport,chardev=report,name=report",
            "-chardev", f"socket,id=files,path={socket}",
            "-device", "vhost-user-fs-pci,chardev=files,tag=hostroot,queue-size=512"]


def _watch(command, job, seconds, on_line):
    status = None
    with (job / "qemu.log").open("w") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, errors="replace") as qemu:
        limit = threading.Timer(seconds, qemu.kill)
        limit.start()
        try:
            for line in qemu.stdout:
                line = line.rstrip()
                if line.startswith("@end "):
                    status = int(line.split()[1])
                else:
                    on_line(line)
        finally:
            limit.cancel()
            qemu.kill()
    return status
