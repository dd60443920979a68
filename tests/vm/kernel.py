# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels: whatever version the meta package names today, unpacked into a cache and never installed."""

import fcntl
import lzma
import os
import re
import shutil
import subprocess
from pathlib import Path

META = {"6.1": "linux-image-cloud-amd64", "6.12": "linux-image-6.12-cloud-amd64"}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gate25" / "kernels"
INIT = Path(__file__).with_name("init")

# As far as the host's file system; everything else is loaded by the kernel itself when it is asked for.
FIRST_MODULES = ("virtio_pci", "virtio_console", "overlay", "virtiofs")


class Kernel:
    """`image` and `initrd` to boot, `modules` for /usr/lib/modules; `version` is what uname -r will say."""

    def __init__(self, name):
        self.name = name
        package = _newest(META[name])
        self.version = package.removeprefix("linux-image-")
        self.home = CACHE / self.version
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.home.is_dir():
                for older in CACHE.glob(f"{name}.*"):
                    shutil.rmtree(older)
                _unpack(package, self.version, self.home)
        self.image = self.home / "boot" / f"vmlinuz-{self.version}"
        self.modules = self.home / "lib" / "modules" / self.version

    def write_initrd(self, file):
        """busybox, the init beside this file, and the modules that lead to the host's root."""
        tree = file.with_suffix(".tree")
        for name in ("bin", "modules", "dev", "proc", "sys", "host", "throwaway", "root"):
            (tree / name).mkdir(parents=True)
        shutil.copy("/bin/busybox", tree / "bin")
        shutil.copy(INIT, tree / "init")
        (tree / "init").chmod(0o755)
        for number, module in enumerate(self._with_dependencies(FIRST_MODULES)):
            data = lzma.decompress(module.read_bytes()) if module.suffix == ".xz" else module.read_bytes()
            (tree / "modules" / f"{number:02}-{module.name.removesuffix('.xz')}").write_bytes(data)
        with file.open("wb") as out:
            subprocess.run("find . | cpio --create --format=newc --quiet", shell=True, cwd=tree, stdout=out, check=True)
        shutil.rmtree(tree)

    def _with_dependencies(self, names):
        """In the order of loading; what is built in needs no file."""
        files = {}
        for name in names:
            shown = subprocess.run(["modprobe", "-d", self.home, "-S", self.version, "--show-depends", name],
                                   capture_output=True, text=True, check=True).stdout
            files.update((Path(line.split()[1]), True) for line in shown.splitlines() if line.startswith("insmod"))
        return list(files)


def _newest(meta):
    for update in (False, True):
        if update:
            subprocess.run(["apt-get", "update", "-qq"], check=True)
        told = subprocess.run(["apt-cache", "depends", "--no-recommends", "--no-suggests", meta],
                              capture_output=True, text=True, check=False).stdout
        if found := re.search(r"^ *Depends: (linux-image-[\w.+-]+)$", told, re.M):
            return found[1]
    raise RuntimeError(f"apt knows no package {meta}: the security and main sections of Debian 12 are needed")


def _unpack(package, version, home):
    work = home.with_name(home.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
    if subprocess.run(download, cwd=work, check=False).returncode:      # the lists may be older than the archive
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(download, cwd=work, check=True)
    (deb,) = work.glob("*.deb")
    subprocess.run(["dpkg", "--extract", deb, work], check=True)
    deb.unlink()
    subprocess.run(["depmod", "--basedir", work, version], check=True)
    work.rename(home)
