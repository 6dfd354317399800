"""A throw-away machine with a real systemd: this machine's own files below, memory on top, nothing left behind.

The root is an overlay of / on a tmpfs, booted by systemd-nspawn with a network of its own that has nothing but
loopback. Needs root; limits of cgroups and of IP addresses are not enforced inside.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time


UP = ("running", "degraded")


class CannotBoot(Exception):
    """This machine cannot have such a container; says why."""


class Container:
    def __enter__(self):
        if os.geteuid() != 0:
            raise CannotBoot("needs root")
        if not shutil.which("systemd-nspawn"):
            raise CannotBoot("needs systemd-nspawn (Debian package systemd-container)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="irhx-container."))
        self.root = self.folder / "root"
        self.nspawn = None
        try:
            self.mount()
            self.clear()
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def mount(self):
        memory = self.folder / "memory"
        memory.mkdir()
        self.must("mount", "-t", "tmpfs", "-o", "size=1g,mode=755", "tmpfs", memory)
        for name in ("upper", "work"):
            (memory / name).mkdir()
        self.root.mkdir()
        options = f"lowerdir=/,upperdir={memory}/upper,workdir={memory}/work"
        self.must("mount", "-t", "overlay", "overlay", "-o", options, self.root)

    def clear(self):
        """An identity and a journal of its own, none of the services that this machine has enabled, and none of its
        policy on what packages may start. Manual pages are not indexed: that takes longer than all the rest."""
        (self.root / "etc/machine-id").write_text("")
        for path in ("etc/resolv.conf", "usr/sbin/policy-rc.d", "var/lib/man-db/auto-update"):
            (self.root / path).unlink(missing_ok=True)
        shutil.rmtree(self.root / "var/log/journal", ignore_errors=True)
        (self.root / "var/log/journal").mkdir(parents=True)
        for wanted in (self.root / "etc/systemd/system").glob("*.wants"):
            shutil.rmtree(wanted)
        for unit in ("getty.target", "console-getty.service", "e2scrub_reap.service", "systemd-networkd.service"):
            link = self.root / "etc/systemd/system" / unit
            link.unlink(missing_ok=True)
            link.symlink_to("/dev/null")

    def boot(self):
        self.console = open(self.folder / "console", "wb")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", self.root, f"--machine=irhx-{os.getpid()}", "--register=no"]
            + ["--keep-unit", "--console=pipe", "--link-journal=no", "--resolv-conf=off", "--timezone=off"]
            + ["--private-network", "--capability=all", "--boot", "--", "--unit=multi-user.target"],
            stdin=subprocess.DEVNULL,
            stdout=self.console,
            stderr=self.console,
            start_new_session=True,
        )
        self.await_systemd()

    def await_systemd(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.nspawn.poll() is None:
            time.sleep(0.1)
            if self.leader() and self.run("systemctl", "is-system-running").stdout.strip() in UP:
                return
        said = (self.folder / "console").read_text(errors="replace").splitlines()[-5:]
        raise CannotBoot("systemd does not come up in a container: " + " / ".join(said))

    def leader(self):
        """The container's first process, as this machine counts."""
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        return children[0] if children else None

    def command(self, *command, user=None):
        """A command that runs inside."""
        switch = ["runuser", "-u", user, "--"] if user else []
        return ["nsenter", "--target", self.leader(), "--all", *switch, *map(str, command)]

    def run(self, *command, user=None, timeout=60):
        """Runs it inside; what it said, standard error included, is in `stdout`."""
        return subprocess.run(
            self.command(*command, user=user),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )

    def must(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise CannotBoot(f"{command[0]}: {done.stdout.strip()}")

    def power_off(self):
        if self.nspawn and self.nspawn.poll() is None:
            if leader := self.leader():
                os.kill(int(leader), signal.SIGRTMIN + 4)
            try:
                self.nspawn.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()

    def __exit__(self, *_):
        self.power_off()
        for mount in (self.root, self.folder / "memory"):
            subprocess.run(["umount", "--lazy", mount], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
