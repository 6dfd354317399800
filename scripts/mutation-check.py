#!/usr/bin/env python3
"""Plants one mistake at a time into the safety logic and asks whether the tests of the core notice.

Mutated are: every delay, effect and latch of the cause-and-effect table, and every comparison and threshold in the
conditions and in the voting. All mutants are compiled once, each behind a switch, into a copy of the core; then the
tests run once per mutant with that switch thrown. A mutant that no test notices is printed and makes the exit status 1.

    scripts/mutation-check.py [--only TEXT] [--jobs N] [--list]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build-mutants"
CORE = pathlib.Path("Sources/CoolingCore")
LOGIC = ["Safeguard/Conditions*.swift", "Safeguard/Leaks*.swift", "Validate/Voting.swift"]
TABLE = ["Safeguard/CauseAndEffect*.swift"]

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")]
let package = Package(
  name: "mutants",
  targets: [
    .target(name: "CoolingCore", swiftSettings: settings),
    .testTarget(name: "CoolingCoreTests", dependencies: ["CoolingCore"], swiftSettings: settings),
  ])
"""

SWITCH = """import Glibc

/// The mutant that is awake, from the environment; 0: none.
let mutantAwake: Int = getenv("IRHX_MUTANT").flatMap { Int(String(cString: $0)) } ?? 0
@inline(never) func mutated(_ number: Int, _ truth: Bool) -> Bool { mutantAwake == number ? !truth : truth }
@inline(never) func mutated<T>(_ number: Int, _ value: T, _ wrong: T) -> T { mutantAwake == number ? wrong : value }
"""

TOKEN = r"[!-]?[\w.$]+(?:\[[^\[\]]*\])?(?:\([^()]*\))?(?:\.[\w.]+)*"
OPERAND = rf"{TOKEN}(?: [-+*/] {TOKEN})*"
COMPARISON = re.compile(rf"(?<![\w.])(?>({OPERAND}) (<|>|<=|>=|==|!=) ({OPERAND}))(?! [-+*/] )")
THRESHOLD = re.compile(r"(?<= [-+*/?:<>] )(\d+(?:\.\d+)?)\b(?!\.)")


class Mutants:
    """Numbers the mutants and remembers where each one is."""

    def __init__(self):
        self.places = {}

    def number(self, path, line, text):
        number = len(self.places) + 1
        self.places[number] = f"{path}:{line}: {text}"
        return number


def mutate_table(path, text, mutants):
    """Delays shorter and longer, the effect one rank away, the latch the other way round."""
    def delay(match):
        line = text.count("\n", 0, match.start()) + 1
        name, value = match.group(1), float(match.group(2))
        longer = mutants.number(path, line, f"{name} {value:g} s is {2 * value + 3:g} s")
        expression = f"mutated({longer}, {value:g}, {2 * value + 3:g})"
        if value > 0:
            shorter = mutants.number(path, line, f"{name} {value:g} s is 0 s")
            expression = f"mutated({shorter}, {expression}, 0)"
        return f"{name}: {expression}"

    def effect(match):
        line = text.count("\n", 0, match.start()) + 1
        wrong = ".maximumCooling" if match.group(2) == "alarmOnly" else ".alarmOnly"
        number = mutants.number(path, line, f"effect {match.group(2)} is {wrong[1:]}")
        latches = "latches: true" in match.group(3)
        latch = mutants.number(path, line, f"latches {latches} is {not latches}".lower())
        rest = re.sub(r"latches: true,\s*", "", match.group(3))
        truth = "true" if latches else "false"
        return f"{match.group(1)}mutated({number}, .{match.group(2)}, {wrong}), latches: mutated({latch}, {truth}),{rest}"

    text = re.sub(r"\b(on|off): (\d+(?:\.\d+)?)", delay, text)
    return re.sub(r"(off: (?:mutated\([^\n]*?\)|[\d.]+),\s*)\.(\w+),((?:\s*latches: true,)?)", effect, text)


def mutate_logic(path, text, mutants):
    """Every comparison the other way round, every bare threshold half as large again."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line.lstrip().startswith("//") or re.match(r"\s*(public |private |static |mutating )*func ", line):
            continue

        def compare(match):
            number = mutants.number(path, index + 1, f"not {match.group(0)}")
            return f"mutated({number}, {match.group(0)})"

        def threshold(match):
            number = mutants.number(path, index + 1, f"{match.group(0)} is larger in: {line.strip()}")
            return f"mutated({number}, {match.group(0)}, {match.group(0)} * 3 / 2 + 1)"

        lines[index] = COMPARISON.sub(compare, THRESHOLD.sub(threshold, line))
    return "\n".join(lines)


def prepare():
    mutants = Mutants()
    for folder in ("Sources", "Tests"):
        shutil.rmtree(WORK / folder, ignore_errors=True)
    shutil.copytree(ROOT / CORE, WORK / CORE)
    shutil.copytree(ROOT / "Tests/CoolingCoreTests", WORK / "Tests/CoolingCoreTests")
    (WORK / "Package.swift").write_text(PACKAGE)
    (WORK / CORE / "Mutant.swift").write_text(SWITCH)
    for patterns, mutate in ((TABLE, mutate_table), (LOGIC, mutate_logic)):
        for pattern in patterns:
            for path in sorted((WORK / CORE).glob(pattern)):
                name = str(path.relative_to(WORK / CORE))
                path.write_text(mutate(name, path.read_text(), mutants))
    return mutants


def build():
    built = subprocess.run(
        ["swift", "build", "--build-tests"], cwd=WORK, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        sys.exit("mutation-check: the copy with its mutants does not compile\n" + built.stdout + built.stderr)


def is_noticed(number):
    """Whether the tests fail with this mutant awake; a crash and a test that never ends count as noticed."""
    environment = dict(os.environ, IRHX_MUTANT=str(number))
    try:
        run = subprocess.run(
            ["swift", "test", "--skip-build"], cwd=WORK, env=environment, capture_output=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        return True
    return run.returncode != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="mutants whose place contains this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="test runs at a time")
    parser.add_argument("--list", action="store_true", help="print the mutants and end")
    given = parser.parse_args()
    mutants = prepare()
    chosen = [number for number, place in mutants.places.items() if given.only in place]
    if given.list:
        print("\n".join(f"{number:4} {mutants.places[number]}" for number in chosen))
        return 0
    build()
    if is_noticed(0):
        sys.exit("mutation-check: the tests fail without any mutant")
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        noticed = dict(zip(chosen, pool.map(is_noticed, chosen)))
    survivors = [number for number in chosen if not noticed[number]]
    for number in survivors:
        print(f"not noticed: {mutants.places[number]}")
    print(f"mutation-check: {len(chosen) - len(survivors)} of {len(chosen)} mutants noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
