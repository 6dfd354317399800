#!/usr/bin/env python3
"""What installed rows do under a real systemd: test-systemd.py DEBS [--or-notice]

    DEBS         folder with irhx_*.deb and irhx-sim_*.deb
    --or-notice  a machine that cannot boot such a container (no root, no systemd-nspawn) is told so, and no failure

Installs the packages in a throw-away container and goes through the life of two simulated rows, from the first start to
the purge. One line for each fact, with its figure; a fact that does not hold shows what was seen.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from container import CannotBoot, Container
from installed import FIRST_ACTUATION_MAX_S, Installed, outputs

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
ROWS = ["row1", "row2"]
# Entries of the journal's catalog.
STARTED, STOPPED, HANDED_OVER = (f"5e1b0c4f7d2a4e6b9a0c1d2e3f4051{end}" for end in ("61", "62", "7f"))
# What is promised, beside what installed.py says.
NEW_PROCESS_MAX_S = 1.0
HUNG_MAX_S = 10 + 2
EXPOSURE_MAX = 1.8
# A debug build starts more slowly, on machines that do other things beside.
DEBUG_ALLOWANCE_S = 2.0
APT = "export DEBIAN_FRONTEND=noninteractive; exec apt-get -y"
DPKG = "export DEBIAN_FRONTEND=noninteractive; exec dpkg"


def main():
    debs = [deb for deb in sorted(pathlib.Path(sys.argv[1]).glob("irhx*_*.deb")) if "dbgsym" not in deb.name]
    parts = [installation, faulty_site, first_start, journal, rights, clients, given_up, hung_loop, no_memory]
    parts += [restart, reload, killed, upgrade, reboot, stop, removal]
    begin = time.monotonic()
    try:
        with Container() as machine:
            test = Installed(machine, debs)
            for part in parts:
                print(part.__doc__, flush=True)
                part(test)
    except CannotBoot as reason:
        print(f"test-systemd: not run: {reason}", file=sys.stderr)
        sys.exit(0 if "--or-notice" in sys.argv else 69)
    seconds = time.monotonic() - begin
    print(f"test-systemd: {test.held} facts hold, {test.failed} do not, in {seconds:.0f} s")
    sys.exit(1 if test.failed else 0)


def installation(test):
    """installation"""
    packages = test.root / "var/tmp/packages"
    packages.mkdir(parents=True)
    for deb in test.debs:
        shutil.copy(deb, packages)
    test.succeeds("apt-get installs both packages", "sh", "-c", f"{APT} install /var/tmp/packages/*.deb")
    lend_libraries(test)
    units = test.said("systemctl", "list-units", "--plain", "--no-legend", "irhx*.service", "irhx*.socket")
    test.fact("it starts nothing", units == "", units)
    group = test.said("getent", "group", "irhx")
    test.fact("there is a group for who may watch", group.startswith("irhx:"), group)
    files = test.said("dpkg-query", "--show", "--showformat=${Conffiles}", "irhx", "irhx-sim")
    test.fact("no site file is the package's", files == "", files)
    pages = test.said("man", "--where", "irhxd", "irhxctl", "irhx-sim", "irhx-site", "irhx-profile")
    test.fact("there are five manual pages", pages.count("/usr/share/man/") == 5, pages)
    completes = "source /usr/share/bash-completion/completions/irhxctl; COMP_WORDS=(irhxctl al) COMP_CWORD=1 COMP_LINE="
    completes += "'irhxctl al' COMP_POINT=10; _irhxctl irhxctl al irhxctl; echo ${COMPREPLY[*]}"
    completed = test.said("bash", "-c", completes)
    test.fact("bash completes a command", completed == "alarms", completed)


def lend_libraries(test):
    """A build without the static runtime finds the toolchain's libraries where it was built, which units may not
    see."""
    listed = test.said("ldd", "/usr/bin/irhxd")
    libraries = [path for path in re.findall(r"=> (/\S+)", listed) if not path.startswith(("/lib/", "/usr/lib/x"))]
    if not libraries:
        return
    test.first_actuation_max_s += DEBUG_ALLOWANCE_S
    folder = test.root / "usr/lib/irhx-toolchain"
    folder.mkdir()
    for library in libraries:
        shutil.copy(library, folder)
    (test.root / "etc/ld.so.conf.d/irhx-toolchain.conf").write_text("/usr/lib/irhx-toolchain\n")
    test.run("ldconfig")


def write_site(test, row, fault=False, comment=""):
    """The demonstration row on ports of its own; those who may command it are not those who may watch it."""
    text = (REPOSITORY / "config/row.demo.yaml").read_text(encoding="utf-8")
    text = text.replace("name: demo", f"name: {row}").replace("port: 150", f"port: 15{row[-1]}")
    text = text.replace("operator_groups: [irhx]", "operator_groups: [operators]")
    if fault:
        text = text.replace("setpoint_c: 40\n", "setpoint_c: 400\n")
    (test.root / f"etc/irhx/{row}.yaml").write_text(text + comment, encoding="utf-8")


def faulty_site(test):
    """a faulty site file"""
    write_site(test, "row9", fault=True)
    done = test.run("systemctl", "start", "irhxd@row9")
    how = test.shows("irhxd@row9", "ExecMainStatus"), test.shows("irhxd@row9", "NRestarts")
    test.fact("is refused once, with status 78", done.returncode != 0 and how == ("78", "0"), f"{how}")
    said = test.said("journalctl", "--unit=irhxd@row9", "--output=cat")
    test.fact("the journal says where the fault is", re.search(r"row9\.yaml:\d+:\d+: supply\.setpoint_c", said), said)
    test.run("systemctl", "reset-failed", "irhxd@row9")
    test.run("systemctl", "stop", "irhxd@row9.socket")


def first_start(test):
    """the first start"""
    test.run("groupadd", "operators")
    for user, groups in {"watcher": "irhx", "person": "irhx,operators", "stranger": ""}.items():
        test.run("useradd", "--groups", groups, user)
    unit = (test.root / "lib/systemd/system/irhx-sim@.service").read_text()
    command = re.search(r"^ExecStart=.*\\\n.*$", unit, re.M)[0]
    full = test.root / "etc/systemd/system/irhx-sim@.service.d/full-load.conf"
    full.parent.mkdir(parents=True)
    command = command.replace("--settled 60", "--settled 100 --load steady=100")
    full.write_text(f"[Service]\nExecStart=\n{command}\n")
    for row in ROWS:
        write_site(test, row)
    test.run("systemctl", "daemon-reload")
    test.succeeds("their simulators start", "systemctl", "start", *(f"irhx-sim@{row}" for row in ROWS))
    heard = test.eventually(lambda: all(test.simulator(row, "state").returncode == 0 for row in ROWS), 20)
    test.fact("and play the rows at full load", heard is not None)

    test.simulator("row2", "inject", "bus pumps dead")
    test.run("systemctl", "start", "--no-block", "irhxd@row2")
    test.eventually(lambda: test.state("row2"), 3)
    state = test.shows("irhxd@row2", "ActiveState")
    test.fact("a row whose pumps are not heard is not up yet", state == "activating", state)
    test.simulator("row2", "clear", "all")

    seconds, _ = test.succeeds("one whose devices all answer starts", "systemctl", "enable", "--now", "irhxd@row1")
    test.fact("it is up when it drives, and not before", test.is_driven("row1"))
    limit = test.first_actuation_max_s
    test.fact(f"which takes at most {limit} s", seconds <= limit, f"{seconds:.2f} s")
    up = test.eventually(lambda: test.shows("irhxd@row2", "ActiveState") == "active", 8)
    test.fact("so is the other, once its pumps are heard", up is not None and test.is_driven("row2"))
    test.eventually(lambda: test.shows("irhxd@row1", "StatusText").startswith("auto, supply "), 5)
    status = test.shows("irhxd@row1", "StatusText")
    test.fact("systemctl status says how the row does", re.match(r"auto, supply \d+ °C, \d+ alarms", status), status)
    wanted = test.said("systemctl", "list-dependencies", "--plain", "multi-user.target")
    before = test.shows("irhxd@row1", "After").split()
    ordered = {"network.target", "irhxd@row1.socket", "irhx-sim@row1.service"} <= set(before)
    ordered = ordered and "irhxd@row1.service" in wanted
    test.fact("it starts at boot, after network, socket and simulator", ordered, before)


def journal(test):
    """journal"""
    entry = test.entries("row1", STARTED)[0]
    fields = {"IRHX_ROW": "row1", "IRHX_SITE_FILE": "/etc/irhx/row1.yaml", "IRHX_REAL_TIME": "yes"}
    holds = all(entry.get(name) == value for name, value in fields.items())
    test.fact("the start is an entry with its fields", holds, json.dumps(entry, indent=1))
    said = test.said("journalctl", "--catalog", f"MESSAGE_ID={STARTED}", "IRHX_ROW=row2")
    explained = "Control of row row2 has started" in said and "Nothing is to be done" in said
    test.fact("the catalog explains it", explained, said)
    said = test.said("journalctl", "--priority=warning", "--output=cat", "_SYSTEMD_UNIT=irhxd@row1.service")
    test.fact("no entry of the row is a warning", said in ("", "-- No entries --"), said)


def rights(test):
    """rights"""
    pids = [test.daemon(row) for row in ROWS]
    threads = test.said("ps", "-L", "-o", "comm=,cls=,rtprio=", "-p", pids[0])
    real_time = sorted(re.findall(r"^(\S+) +FF +(\d+)$", threads, re.M), key=lambda thread: -int(thread[1]))
    classes = [real_time[0] == ("irhx-loop", "50"), [level for _, level in real_time[1:]] == ["49"] * 7]
    test.fact("the loop's thread, and below it its buses', are of the real-time class", all(classes), threads)
    status = test.said("cat", f"/proc/{pids[0]}/status")
    locked = int(re.search(r"VmLck:\s+(\d+)", status)[1])
    test.fact("memory is locked", locked > 0, f"{locked // 1024} MB")
    kept = int(re.search(r"CapEff:\s+(\w+)", status)[1], 16)
    test.fact("of root's rights two are kept: CAP_SYS_NICE, CAP_IPC_LOCK", kept == 1 << 23 | 1 << 14, f"{kept:x}")
    users = [test.said("ps", "-o", "uid=,user=", "-p", pid).split() for pid in pids]
    apart = users[0][0] != users[1][0] and users[0][1] == "irhx-row1" and "0" not in (users[0][0], users[1][0])
    test.fact("each row is a user of its own", apart, users)
    said = test.said("systemd-analyze", "security", "--no-pager", "irhxd@row1")
    exposure = float(re.search(r"exposure level for \S+ ([\d.]+)", said)[1])
    test.fact(f"its exposure level is at most {EXPOSURE_MAX}", exposure <= EXPOSURE_MAX, exposure)
    folder = test.said("stat", "--dereference", "--format=%U %a", "/var/lib/irhx/row1")
    test.fact("its folder is its own", folder == "irhx-row1 750", folder)


def clients(test):
    """clients"""
    socket = test.said("stat", "--format=%U %G %a", "/run/irhx/row1.sock")
    test.fact("the socket is root's and the group's", socket == "root irhx 660", socket)
    held = test.shows("irhxd@row1.socket", "SubState")
    test.fact("and systemd's", held == "running", held)
    watching = {name: test.run("irhxctl", "status", "--row", "row1", user=name) for name in ("watcher", "stranger")}
    test.fact("a member of the group may watch", watching["watcher"].returncode == 0, watching["watcher"].stdout)
    test.fact("nobody else may", watching["stranger"].returncode == 77, watching["stranger"].stdout)
    command = ("irhxctl", "setpoint", "supply_c", "39.5", "--row", "row2")
    asked = {name: test.run(*command, user=name) for name in ("watcher", "person")}
    test.fact("who watches may not command", asked["watcher"].returncode == 77, asked["watcher"].stdout)
    test.fact("an operator of the site file may", asked["person"].returncode == 0, asked["person"].stdout)


def given_up(test):
    """a daemon that cannot live"""

    def kill():
        pid = test.daemon("row2")
        if pid != "0":
            test.run("kill", "-9", pid)
        return test.shows("irhxd@row2", "ActiveState") == "failed"

    gone = test.eventually(kill, 40)
    said = test.said("systemctl", "status", "--no-pager", "irhxd@row2")
    limited = "Start request repeated too quickly" in test.said("journalctl", "--unit=irhxd@row2", "--output=cat")
    test.fact("is given up after ten starts in a minute", gone and limited, said)
    test.run("systemctl", "reset-failed", "irhxd@row2")
    test.succeeds("and can be started by hand", "systemctl", "start", "irhxd@row2")


# Stops one thread as a debugger does, while all others run on, and reaps it when the process is killed.
SEIZE = """
import ctypes, os, sys
trace = ctypes.CDLL(None).ptrace
thread = int(sys.argv[1])
print(trace(0x4206, thread, None, None), trace(0x4207, thread, None, None), flush=True)
while os.WIFSTOPPED(os.waitpid(thread, 0x40000000)[1]): pass
"""


def hung_loop(test):
    """a hung loop"""
    pid = test.daemon("row2")
    threads = test.said("ps", "-L", "-o", "tid=,comm=", "-p", pid)
    loop = re.search(r"(\d+) irhx-loop", threads)[1]
    seize = test.machine.command("python3", "-c", SEIZE, loop)
    debugger = subprocess.Popen(seize, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    begin = time.monotonic()
    seized = debugger.stdout.readline().strip()
    test.fact("the thread of the loop is stopped, and no other", seized == "0 0" and test.state("row2"), seized)
    test.eventually(lambda: test.daemon("row2") not in ("0", pid) and test.is_driven("row2"), HUNG_MAX_S + 10)
    seconds = time.monotonic() - begin
    debugger.kill()
    debugger.wait()
    limit = HUNG_MAX_S + test.first_actuation_max_s - FIRST_ACTUATION_MAX_S
    test.fact(f"the row is driven again within {limit} s", seconds <= limit, f"{seconds:.1f} s")
    said = test.said("journalctl", "--unit=irhxd@row2", "--output=cat")
    test.fact("since the watchdog has ended the daemon", "Watchdog timeout" in said, said)


def no_memory(test):
    """no memory left"""
    pid = test.daemon("row2")
    score = test.shows("irhxd@row2", "OOMScoreAdjust")
    test.fact("the kernel is to take others first", score == "-900", score)
    # Less than it has already: nothing more is given. Its own user may say so.
    uid, gid = test.said("stat", "--format=%u %g", f"/proc/{pid}").split()
    limited = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "prlimit", f"--pid={pid}")
    test.succeeds("its address space may not grow", *limited, "--as=1000000:1000000")
    for _ in range(10):
        test.run("irhxctl", "history", "--row", "row2")
    driven = test.eventually(lambda: test.is_driven("row2"), test.first_actuation_max_s)
    by = "the same daemon" if test.daemon("row2") == pid else "the next daemon"
    test.fact("its row is driven", driven is not None, by)
    test.succeeds("a restart gives it a daemon", "systemctl", "restart", "irhxd@row2")
    limits = test.said("cat", f"/proc/{test.daemon('row2')}/limits")
    test.fact("that has room again", bool(re.search(r"Max address space +unlimited", limits)), limits)


def restart(test):
    """a restart at full load"""
    test.eventually(lambda: (state := test.state("row1")) and state["cycle"] > 45 and not state["handing_over"], 90)
    test.run("irhxctl", "setpoint", "supply_c", "39.9", "--row", "row1")
    history = test.said("irhxctl", "history", "--row", "row1").count("\n")
    with test.no_bump("it", "row1"):
        seconds, _ = test.succeeds("it succeeds", "systemctl", "restart", "irhxd@row1")
    test.fact("the daemon has handed the plant over", test.entries("row1", HANDED_OVER)[0])
    state = test.state("row1")
    test.fact("the row goes on in Auto", state["mode"] == "auto", state["mode_reason"])
    test.fact("an operator's setpoint is remembered", state["setpoint_c"] == 39.9, state["setpoint_c"])
    test.fact("and the history", test.said("irhxctl", "history", "--row", "row1").count("\n") > history)


def reload(test):
    """a changed site file"""
    write_site(test, "row1", fault=True)
    pid = test.daemon("row1")
    done = test.run("systemctl", "reload", "irhxd@row1")
    said = test.said("journalctl", "--unit=irhxd@row1", "--output=cat", "--lines=20")
    kept = test.daemon("row1") == pid and test.is_driven("row1")
    test.fact("with a fault is refused, and the daemon runs on", done.returncode != 0 and kept, done.stdout)
    test.fact("the journal says where the fault is", "supply.setpoint_c" in said, said)
    write_site(test, "row1", comment="# changed\n")
    digest = test.state("row1") and json.loads(test.said("irhxctl", "info", "--json", "--row", "row1"))["site_digest"]
    with test.no_bump("a good one", "row1"):
        test.succeeds("a good one is accepted", "systemctl", "reload", "irhxd@row1")
    now = json.loads(test.said("irhxctl", "info", "--json", "--row", "row1"))["site_digest"]
    test.fact("and used", now != digest, f"{digest} {now}")
    setpoint = test.state("row1")["setpoint_c"]
    test.fact("what was set by hand is kept", setpoint == 39.9, setpoint)


def killed(test):
    """kill -9 at full load"""
    pid = test.daemon("row1")
    with test.no_bump("it", "row1"):
        begin = time.monotonic()
        test.run("kill", "-9", pid)
        test.eventually(lambda: test.daemon("row1") not in ("0", pid), 5)
        new_s = time.monotonic() - begin
        test.eventually(lambda: test.is_driven("row1"), 10)
        driven_s = time.monotonic() - begin
    test.fact(f"a new daemon runs within {NEW_PROCESS_MAX_S} s", new_s <= NEW_PROCESS_MAX_S, f"{new_s:.2f} s")
    limit = test.first_actuation_max_s
    test.fact(f"and drives within {limit} s", driven_s <= limit, f"{driven_s:.2f} s")


def upgrade(test):
    """an upgrade at full load"""
    packages = test.root / "var/tmp/newer"
    packages.mkdir()
    for deb in test.debs:
        make_newer(deb, packages)
    write_site(test, "row2", fault=True)
    site = (test.root / "etc/irhx/row1.yaml").read_bytes()
    before = {row: test.daemon(row) for row in ROWS}
    with test.no_bump("it", "row1"):
        _, said = test.succeeds("it succeeds, and asks nothing", "sh", "-c", f"{DPKG} --install /var/tmp/newer/*.deb")
    after = {row: test.daemon(row) for row in ROWS}
    test.fact("the row runs the new program", after["row1"] != before["row1"] and test.is_driven("row1"), said)
    kept = after["row2"] == before["row2"] and test.is_driven("row2")
    test.fact("a row whose file the new program refuses runs on with the old one", kept, said)
    test.fact("which is said", "row row2 runs on with the old version" in said, said)
    test.fact("site files are as they were", (test.root / "etc/irhx/row1.yaml").read_bytes() == site)


def make_newer(deb, folder):
    """The same package with a higher version."""
    with tempfile.TemporaryDirectory() as work:
        tree = pathlib.Path(work, "tree")
        subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
        control = (tree / "DEBIAN/control").read_text()
        version = re.search(r"^Version: (.*)$", control, re.M)[1]
        (tree / "DEBIAN/control").write_text(control.replace(version, f"{version}+newer"))
        command = ["dpkg-deb", "-Znone", "--build", tree, folder / deb.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def reboot(test):
    """a reboot"""
    write_site(test, "row2")
    for row in ROWS:
        test.run("systemctl", "enable", f"irhxd@{row}", f"irhx-sim@{row}")
    test.machine.power_off()
    test.machine.boot()
    driven = test.eventually(lambda: all(test.is_driven(row) for row in ROWS), 15)
    test.fact("both rows are driven after it", driven is not None, test.said("systemctl", "status", "irhxd@*"))
    setpoint = test.state("row1")["setpoint_c"]
    test.fact("what was set by hand is still kept", setpoint == 39.9, setpoint)
    test.fact("sockets are there again", test.said("stat", "--format=%G", "/run/irhx/row1.sock") == "irhx")


def stop(test):
    """a stop"""
    test.succeeds("it succeeds", "systemctl", "stop", "irhxd@row1")
    entry = test.entries("row1", STOPPED)[-1]
    names = entry.get("IRHX_FANS_MIN_PERCENT"), entry.get("IRHX_RACK_VALVES_MIN_PERCENT")
    test.fact("its entry names the safe output", names == ("90", "100"), json.dumps(entry, indent=1))
    safe = {"pump": 79.5, "fan": 89.5, "rack": 99.5}

    def is_safe():
        stand = outputs(test.plant("row1"))
        # One pump may be in reserve.
        running = {role: value for role, value in stand.items() if value > 0}
        reached = [value >= safe[role.split(".")[0]] for role, value in running.items()]
        return all(reached) and len(running) >= len(stand) - 1

    test.fact("at which the plant runs on", test.eventually(is_safe, 15), outputs(test.plant("row1")))
    asked = test.run("irhxctl", "status", "--row", "row1")
    state = test.shows("irhxd@row1", "ActiveState")
    test.fact("no client starts it again", asked.returncode == 69 and state == "inactive", asked.stdout)


def removal(test):
    """removal"""
    site = (test.root / "etc/irhx/row1.yaml").read_bytes()
    folder = test.root / "var/lib/private/irhx"
    test.succeeds("the packages are removed", "sh", "-c", f"{DPKG} --remove irhx irhx-sim")
    state = test.shows("irhxd@row2", "ActiveState"), test.shows("irhx-sim@row2", "ActiveState")
    test.fact("what ran is stopped", state == ("inactive", "inactive"), state)
    kept = (test.root / "etc/irhx/row1.yaml").read_bytes() == site and any((folder / "row1").iterdir())
    test.fact("site files and history stay", kept)
    test.succeeds("and purged", "sh", "-c", f"{DPKG} --purge irhx irhx-sim")
    test.fact("which takes the history", not folder.exists())
    links = list((test.root / "etc/systemd/system").glob("*.wants/irhx*"))
    test.fact("and what starts at boot", not links, links)
    test.fact("and never a site file", (test.root / "etc/irhx/row1.yaml").read_bytes() == site)
    folders = ("usr/bin", "usr/share", "usr/share/man/man*", "lib/systemd/system", "usr/lib/systemd/catalog", "run")
    left = [path for folder in folders for path in test.root.glob(f"{folder}/irhx*")]
    test.fact("nothing else is left", not left, left)


if __name__ == "__main__":
    main()
