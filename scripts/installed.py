"""Rows that are installed in a container, and the words in which a fact of them is told: for test-systemd.py."""

import contextlib
import json
import threading
import time

# What is promised.
FIRST_ACTUATION_MAX_S = 2.0
STEP_MAX_PERCENT = 2.0
SUPPLY_MAX_K = 0.3


class Installed:
    """The container, how it is asked, and what was found."""

    def __init__(self, machine, debs):
        self.machine, self.debs, self.root = machine, debs, machine.root
        self.held, self.failed = 0, 0
        self.first_actuation_max_s = FIRST_ACTUATION_MAX_S

    def fact(self, text, holds, seen=""):
        """Prints it; what was seen in full only where it does not hold."""
        seen = str(seen).strip()
        if holds:
            self.held += 1
            print(f"  {text}" + (f": {seen}" if seen and len(seen) < 40 else ""), flush=True)
        else:
            self.failed += 1
            print(f"  FAILS: {text}\n" + "".join(f"    | {line}\n" for line in seen.splitlines()), end="", flush=True)

    def run(self, *command, **options):
        return self.machine.run(*command, **options)

    def said(self, *command, **options):
        return self.run(*command, **options).stdout.strip()

    def succeeds(self, text, *command):
        """A command that must succeed, and how long it took."""
        begin = time.monotonic()
        done = self.run(*command)
        seconds = time.monotonic() - begin
        self.fact(text, done.returncode == 0, f"{seconds:.2f} s" if done.returncode == 0 else done.stdout)
        return seconds, done.stdout

    def shows(self, unit, name):
        return self.said("systemctl", "show", "--value", f"--property={name}", unit)

    def daemon(self, row):
        """Its process, as the container counts; 0 while there is none."""
        return self.shows(f"irhxd@{row}", "MainPID")

    def eventually(self, holds, within_s):
        """Seconds until it holds, or nothing."""
        begin = time.monotonic()
        while not holds():
            if time.monotonic() - begin > within_s:
                return None
            time.sleep(0.05)
        return time.monotonic() - begin

    def state(self, row):
        """The row as its daemon tells it, or nothing while there is none."""
        done = self.run("irhxctl", "status", "--json", "--row", row)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def is_driven(self, row):
        state = self.state(row)
        return state is not None and all(actuator["owner"] != "take_over" for actuator in state["actuators"])

    def simulator(self, row, *command):
        return self.run("irhx-sim", *command, "--socket", f"/run/irhx-sim-{row}/control.sock")

    def plant(self, row):
        """The simulated row's truth."""
        return json.loads(self.simulator(row, "state", "--json").stdout)

    def entries(self, row, message):
        lines = self.said("journalctl", f"--unit=irhxd@{row}", "--output=json", f"MESSAGE_ID={message}").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")] or [{}]

    @contextlib.contextmanager
    def no_bump(self, what, row):
        """Between the end of the daemon and its successor's first orders no actuator moves by more than is promised,
        nor is asked to; nor does the supply in the next five seconds."""
        pid, before = self.daemon(row), self.plant(row)

        def look():
            nonlocal before
            while self.daemon(row) == pid:
                before = self.plant(row)

        looking = threading.Thread(target=look)
        looking.start()
        yield
        looking.join(timeout=10)
        self.eventually(lambda: self.daemon(row) != "0" and self.is_driven(row), 10)
        asked, after, stood = demands(self.state(row)), outputs(self.plant(row)), outputs(before)
        step = max(abs(value - stood[role]) for orders in (asked, after) for role, value in orders.items())
        end, supply_k = time.monotonic() + 5, 0.0
        while time.monotonic() < end:
            supply_k = max(supply_k, abs(self.plant(row)["supplyTemperatureC"] - before["supplyTemperatureC"]))
        most_percent, most_k = STEP_MAX_PERCENT, SUPPLY_MAX_K
        self.fact(f"{what} moves no actuator by more than {most_percent} %", step <= most_percent, f"{step:.2f} %")
        self.fact(f"{what} moves the supply by at most {most_k} K", supply_k <= most_k, f"{supply_k:.2f} K")


def outputs(plant):
    """Where pumps, fans and rack valves stand, in percent."""
    stand = {f"pump.{i}": unit["speedPercent"] for i, unit in enumerate(plant["pumps"], 1)}
    stand |= {f"fan.{i}": unit["speedPercent"] for i, unit in enumerate(plant["fans"], 1)}
    return stand | {f"rack.{i}.valve": unit["valvePercent"] for i, unit in enumerate(plant["racks"], 1)}


def demands(state):
    """What they are asked for. A row whose daemon does not answer asks for nothing that can be right."""
    if state is None:
        return {"fan.1": float("inf")}
    asked = {actuator["role"]: actuator["demand"] for actuator in state["actuators"]}
    return {role: value for role, value in asked.items() if role.startswith(("pump", "fan")) or "valve" in role}
