#!/usr/bin/env python3
"""Plants one mistake at a time into the safety logic and asks whether the tests of the core notice.

Mutated are: every priority, delay, effect, latch and vote of the cause-and-effect table, and every comparison, flag and
number in the conditions, in what they rest on, and in the voting. All mutants are compiled once, each behind a switch,
into a copy of the core; then the tests run once per mutant with that switch thrown, up to their first failure. A mutant
that no test notices is printed and makes the exit status 1.

    scripts/mutation-check.py [--only TEXT] [--jobs N] [--list]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build-mutants"
CORE = pathlib.Path("Sources/CoolingCore")
TABLE = ["Safeguard/CauseAndEffect.swift", "Safeguard/CauseAndEffectRow.swift"]
LOGIC = [
    "Safeguard/Conditions.swift", "Safeguard/UnitConditions.swift", "Safeguard/LeakWatch.swift",
    "Safeguard/Trends.swift", "Safeguard/Permits.swift", "Safeguard/Isolation.swift", "Safeguard/Evidence.swift",
    "Validate/Voting.swift",
]
SUITES = (
    "CauseTests|CauseTableTests|VotingTests|IsolationTests|PermitTests|SafeguardTests|EvidenceTests|LeakWatchTests"
    "|SupervisedUnitTests")
BUILD = ["swift", "build", "-c", "release", "-Xswiftc", "-enable-testing"]
TESTS = WORK / ".build/release/mutantsPackageTests.xctest"
# No run of these suites takes longer; a mutant that makes them loop is noticed.
RUN_MAX_S = 120

# Mutants that change nothing anybody could see, and why.
EQUIVALENT = {
    "1 is larger in: isGiven[i] = isRunning && !wasWithheld[i] && (share ?? 1)": "an unknown power counts as rated or more",
    "1 is larger in: if rackS[i] > Isolation.rackMaxS || (share ?? 1)": "an unknown power counts as rated or more",
    "0 is larger in: var chipLimit = Temperature(celsius: 0)": "filled anew in each cycle before it is looked at",
    "0 is larger in: var flowSetpoint = Flow(litresPerMinute: 0)": "filled anew in each cycle before it is looked at",
    "0 is larger in: var rated = Power(kilowatts: 0)": "filled anew in each cycle before it is looked at",
    "0 is larger in: let usable = good > 0 ? good": "of one good signal no second is picked, however many are counted",
}

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")]
let package = Package(
  name: "mutants",
  targets: [
    .target(name: "CoolingCore", swiftSettings: settings),
    .target(name: "QPBench", dependencies: ["CoolingCore"], swiftSettings: settings),
    .testTarget(name: "CoolingCoreTests", dependencies: ["CoolingCore", "QPBench"], swiftSettings: settings),
  ])
"""

SWITCH = """import Glibc

/// The mutant that is awake, from the environment; 0: none.
let mutantAwake: Int = getenv("IRHX_MUTANT").flatMap { Int(String(cString: $0)) } ?? 0
@inline(never) func flipped(_ number: Int, _ truth: Bool) -> Bool { mutantAwake == number ? !truth : truth }
@inline(never) func mutated<T>(_ number: Int, _ value: T, _ wrong: T) -> T { mutantAwake == number ? wrong : value }
"""

LINE = re.compile(
    r'define\(\s*"(?P<id>\w+)", "SAF-\d+", (?P<priority>\.\w+), on: (?P<on>[\d.]+), off: (?P<off>[\d.]+), '
    r'(?P<effect>\.\w+),(?P<latches>\s*latches: true,)?(?P<votes>\s*votes: "[^"]+",)?')
NESTED = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
TOKEN = rf"(?:[!-]?[\w.$]+(?:\[[^\[\]]*\])?(?:{NESTED})?|{NESTED})(?:\.[\w.]+)*"
OPERAND = rf"{TOKEN}(?: [-+*/] {TOKEN})*"
COMPARISON = re.compile(rf"(?<![\w.)])(?>({OPERAND}) (?:<|>|<=|>=|==|!=) ({OPERAND}))(?! [-+*/] )")
FLAG = re.compile(r"(?<![\w.])(?:[\w.\[\]]+\.)?(?:is|are|has)[A-Z]\w*\b(?! =|:|\(|\[)")
NUMBER = re.compile(r"(?<=[ (-])(?<!in )(\d+(?:\.\d+)?)\b(?!\.|:)")
# Comments, signatures, and what a variable is before the first cycle.
UNTOUCHED = re.compile(
    r"\s*//|.*\b(?:func|init)\b.*\(_? ?\w+.*:|.*\bvar \w+(?:: [^={]+)? = (?:[^()]+|[\w.]+\(repeating.*)$")


class Mutants:
    """Numbers the mutants and remembers where each one is."""

    def __init__(self):
        self.count = 0
        self.places = {}

    def number(self, path, line, text):
        self.count += 1
        if not any(text.startswith(same) for same in EQUIVALENT):
            self.places[self.count] = f"{path}:{line}: {text}"
        return self.count


def mutate_table(path, text, mutants):
    """Another priority, delays shorter and longer, another effect, the latch the other way round, another vote."""
    def definition(match):
        line = text.count("\n", 0, match.start()) + 1
        cause = match["id"]

        def wrong(value, other, what):
            number = mutants.number(path, line, f"{cause}: {what} {value} is {other}")
            return f"mutated({number}, {value}, {other})"

        def delay(name):
            value = float(match[name])
            longer = f"{2 * value + 3:g}"
            text = wrong(match[name], longer, name)
            number = mutants.number(path, line, f"{cause}: {name} {match[name]} is 0") if value > 0 else 0
            return f"{name}: mutated({number}, {text}, 0)" if number else f"{name}: {text}"

        latches = "true" if match["latches"] else "false"
        votes = match["votes"].split(":")[1].strip(" ,") if match["votes"] else '"1oo1"'
        before = match[0][:match.start("priority") - match.start()]
        return before + ", ".join([
            wrong(match["priority"], ".critical" if match["priority"] == ".low" else ".low", "priority"),
            delay("on"), delay("off"),
            wrong(match["effect"], ".maximumCooling" if match["effect"] == ".alarmOnly" else ".alarmOnly", "effect"),
            "latches: " + wrong(latches, "false" if match["latches"] else "true", "latches"),
            "votes: " + wrong(votes, '"1oo1"' if match["votes"] else '"2oo2"', "votes")]) + ","

    return LINE.sub(definition, text)


def mutate_logic(path, text, mutants):
    """Every comparison and flag the other way round, every number half as large again and one more."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if UNTOUCHED.match(line):
            continue

        def not_so(match):
            number = mutants.number(path, index + 1, f"not {plain(match[0])}")
            return f"flipped({number}, {match[0]})"

        def larger(match):
            number = mutants.number(path, index + 1, f"{match[0]} is larger in: {line.strip()}")
            wrong = float(match[0]) * 1.5 + 1 if "." in match[0] else int(match[0]) * 3 // 2 + 1
            return f"mutated({number}, {match[0]}, {wrong:g})"

        lines[index] = FLAG.sub(not_so, COMPARISON.sub(not_so, NUMBER.sub(larger, line)))
    return "\n".join(lines)


def plain(text):
    return re.sub(r"mutated\(\d+, ([\d.]+), [^()]*\)", r"\1", text)


def prepare():
    """Brings the copy up to date; what is already as it should be stays, for the build's sake."""
    mutants = Mutants()
    copy = {WORK / "Package.swift": PACKAGE, WORK / CORE / "Mutant.swift": SWITCH}
    for folder in (CORE, pathlib.Path("Sources/QPBench"), pathlib.Path("Tests/CoolingCoreTests")):
        for path in sorted((ROOT / folder).rglob("*.swift")):
            copy[WORK / path.relative_to(ROOT)] = path.read_text()
    for names, mutate in ((TABLE, mutate_table), (LOGIC, mutate_logic)):
        for name in names:
            copy[WORK / CORE / name] = mutate(name, copy[WORK / CORE / name], mutants)
    for path in [*WORK.glob("Sources/**/*.swift"), *WORK.glob("Tests/**/*.swift")]:
        if path not in copy:
            path.unlink()
    for path, text in copy.items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return mutants


def build():
    built = subprocess.run([*BUILD, "--build-tests"], cwd=WORK, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        sys.exit("mutation-check: the copy with its mutants does not compile\n" + built.stdout + built.stderr)


def is_noticed(number):
    """Whether a test fails with this mutant awake; a crash and a run that does not end count as noticed."""
    command = ["timeout", str(RUN_MAX_S), TESTS, "--testing-library", "swift-testing", "--filter", SUITES]
    run = subprocess.Popen(command, cwd=WORK, env=dict(os.environ, IRHX_MUTANT=str(number)), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with run:
        if any("recorded an issue" in line for line in run.stdout):
            run.terminate()
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
