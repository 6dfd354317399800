"""Bill of materials of the built programs as CycloneDX JSON on standard output: sbom.py IRHXD PROGRAM...

Swift packages come from Package.resolved with their exact revision, the Swift runtime from the compiler in PATH, and
libraries of the system from what the programs ask the loader for, with the Debian package that each is in. The order is
fixed and the date SOURCE_DATE_EPOCH's, so that the same programs give the same bytes.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

LICENCES = {"swift-argument-parser": "Apache-2.0", "tomlkit": "MIT", "yams": "MIT"}


def main(programs):
    version = output(programs[0], "--version").strip()
    parts = [program_component(program, version) for program in programs] + [runtime(), *swift_packages()]
    parts += system_packages({library for program in programs for library in needed(program)})
    root = {"type": "application", "bom-ref": "irhx", "name": "irhx", "version": version}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
            ),
            "component": root | {"licenses": licences("Apache-2.0")},
        },
        "components": parts,
        "dependencies": [{"ref": "irhx", "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    json.dump(bill, sys.stdout, indent=2)
    print()


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def licences(name):
    return [{"license": {"id": name}}]


def program_component(path, version):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": "application",
        "bom-ref": path.name,
        "name": path.name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def runtime():
    version = re.search(r"Swift version (\S+)", output("swiftc", "--version"))[1]
    return {
        "type": "framework",
        "bom-ref": "swift-runtime",
        "name": "swift-runtime",
        "version": version,
        "description": "Standard library, Dispatch and FoundationEssentials, linked statically.",
        "licenses": licences("Apache-2.0"),
    }


def swift_packages():
    for pin in json.loads(pathlib.Path("Package.resolved").read_text(encoding="utf-8"))["pins"]:
        location = pin["location"].removesuffix(".git")
        yield {
            "type": "library",
            "bom-ref": pin["identity"],
            "name": pin["identity"],
            "version": pin["state"]["version"],
            "purl": f"pkg:swift/{location.removeprefix('https://')}@{pin['state']['version']}",
            "licenses": licences(LICENCES[pin["identity"]]),
            "externalReferences": [
                {"type": "vcs", "url": location, "comment": f"revision {pin['state']['revision']}"}
            ],
        }


def needed(program):
    """Paths of what the program itself names; what these need is theirs."""
    names = re.findall(r"NEEDED\s+(\S+)", output("objdump", "-p", program))
    return [match[1] for name in names if (match := re.search(rf"{re.escape(name)} => (\S+)", output("ldd", program)))]


def system_packages(libraries):
    packages = {owner for library in libraries if (owner := owner_of(library))}
    for package in sorted(packages):
        name, version, architecture = output(
            "dpkg-query", "-W", "-f=${Package} ${Version} ${Architecture}", package
        ).split()
        yield {
            "type": "library",
            "bom-ref": name,
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{version}?arch={architecture}",
        }


def owner_of(library):
    """A library of the toolchain is in no package; the older path of a merged /usr is the one that is registered."""
    path = os.path.realpath(library)
    for candidate in (path, path.removeprefix("/usr")):
        found = subprocess.run(["dpkg-query", "-S", candidate], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if found.returncode == 0:
            return found.stdout.decode().split(": ")[0]
    return None


if __name__ == "__main__":
    main([pathlib.Path(program) for program in sys.argv[1:]])
