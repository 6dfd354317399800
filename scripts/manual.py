"""Manual pages, made of what is written already: manual.py PROGRAMS FOLDER PREFIX

Programs say what they are asked with `--experimental-dump-help`, from which `--help` is made too; the pages of section
5 are docs/site-file.md and docs/profiles.md, the greater part of which is generated from the files' declaration. What
comes out is man(7), one file a page, dated by SOURCE_DATE_EPOCH, else today. PREFIX is where all is installed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

# Page, section, and what else to read.
PROGRAMS = {
    "irhxd": (8, ["irhxctl(1)", "irhx-sim(1)", "irhx-site(5)", "irhx-profile(5)", "systemctl(1)", "journalctl(1)"]),
    "irhxctl": (1, ["irhxd(8)", "journalctl(1)"]),
    "irhx-sim": (1, ["irhxd(8)", "irhx-site(5)"]),
}
DOCUMENTS = {
    "irhx-site": ("docs/site-file.md", "site file of one row of liquid-cooled racks", ["irhxd(8)", "irhx-profile(5)"]),
    "irhx-profile": ("docs/profiles.md", "profile of one kind of Modbus device", ["irhxd(8)", "irhx-site(5)"]),
}
FILES = {
    "irhxd": [
        ("/etc/irhx/ROW.yaml", "Site file of the row that irhxd@ROW.service controls; see irhx-site(5)."),
        ("/etc/irhx/profiles", "Device profiles of this site; see irhx-profile(5)."),
        ("/run/irhx/ROW.sock", "Where clients of the row are answered."),
        ("/var/lib/irhx/ROW", "Alarm history, and what a restart must not forget."),
    ],
    "irhxctl": [("/run/irhx/ROW.sock", "Where clients of the row are answered.")],
    "irhx-sim": [("/etc/irhx/ROW.yaml", "Site file of the row that irhx-sim@ROW.service plays; see irhx-site(5).")],
}


def main(programs, folder, prefix):
    folder.mkdir(parents=True, exist_ok=True)
    version = run(programs / "irhxd", "--version").strip()
    for name, (section, others) in PROGRAMS.items():
        command = json.loads(run(programs / name, "--experimental-dump-help"))["command"]
        page = head(name, section, version, lower_first(sentence(command["abstract"])))
        page += program(command) + files(FILES[name]) + see_also(others)
        write(folder / f"{name}.{section}", page)
    for name, (source, meaning, others) in DOCUMENTS.items():
        text = pathlib.Path(__file__).parent.parent.joinpath(source).read_text(encoding="utf-8")
        text = text.replace("config/", f"{prefix}/share/irhx/")
        page = head(name, 5, version, meaning) + document(text) + see_also(others)
        write(folder / f"{name}.5", page)


def write(path, page):
    """A heading begins a paragraph already."""
    lines = [line for before, line in zip([""] + page, page) if line != ".PP" or before[:3] not in (".SH", ".SS")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(program, argument):
    return subprocess.run([program, argument], check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def head(name, section, version, meaning):
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    # Left-adjusted and unhyphenated: names of keys and options stay whole, and can be copied.
    return [
        f'.TH {name.upper()} {section} {day} "irhx {version}" "irhx"',
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{roff(name)} \\- {roff(meaning)}",
    ]


def see_also(others):
    return [".SH SEE ALSO", " ,\n".join(f".BR {roff(other[:-3])} {other[-3:]}" for other in others)]


def files(entries):
    return [".SH FILES"] + [line for path, text in entries for line in (".TP", italic(path), roff(text))]


# --- programs


def program(command):
    commands = leaves(command)
    common = shared(commands)
    # The sentence of its own in which a program's exit status is told is a section.
    description, mark, status = command.get("discussion", "").partition("Exit status:")
    lines = [".SH SYNOPSIS", f"{bold(command['commandName'])} {italic('command')} [{italic('option')} ...]"]
    lines += [".SH DESCRIPTION", roff(command["abstract"])] + paragraphs(description) + [".SH COMMANDS"]
    for leaf in commands:
        lines += section_of(leaf, common)
    if common:
        lines += [".SH OPTIONS OF ALL COMMANDS"]
        for argument in common:
            lines += entry(argument)
    return lines + ([".SH EXIT STATUS", roff(status.strip())] if mark else [])


def leaves(command):
    below = [c for c in command.get("subcommands", []) if c["shouldDisplay"] and c["commandName"] != "help"]
    return [leaf for c in below for leaf in leaves(c)] if below else [command]


def shared(commands):
    """Options that every command has, in the order of the first."""
    return [a for a in shown(commands[0]) if a["kind"] != "positional" and all(a in shown(c) for c in commands)]


def shown(command):
    return [a for a in command.get("arguments", []) if a["shouldDisplay"]]


def section_of(command, common):
    own = [a for a in shown(command) if a not in common]
    name = " ".join(command.get("superCommands", []) + [command["commandName"]])
    lines = [f".SS {bold(name)} " + " ".join(usage(a) for a in own), roff(command["abstract"])]
    lines += paragraphs(command.get("discussion"))
    for argument in own:
        lines += entry(argument)
    return lines


def usage(argument):
    text = signature(argument) + (" ..." if argument["isRepeating"] else "")
    return f"[{text}]" if argument["isOptional"] else text


def signature(argument):
    if argument["kind"] == "positional":
        return italic(argument["valueName"])
    name = bold("--" + argument["preferredName"]["name"])
    return name if argument["kind"] == "flag" else f"{name} {italic(argument['valueName'])}"


def entry(argument):
    text = argument.get("abstract", "")
    values = argument.get("allValues", [])
    if values and not all(value in text for value in values):
        text += f" One of {', '.join(values)}."
    if "defaultValue" in argument:
        text += f" Default: {argument['defaultValue']}."
    return [".TP", signature(argument), roff(text)]


def paragraphs(text):
    """Paragraphs, and the lines of a list as they stand."""
    lines = []
    for paragraph in filter(None, (text or "").strip().split("\n\n")):
        if "\n  " in paragraph:
            first, *rest = paragraph.split("\n")
            lines += [".PP", roff(first), ".nf"] + [roff(line) for line in rest] + [".fi"]
        else:
            lines += [".PP", roff(" ".join(paragraph.split()))]
    return lines


# --- documents


def document(text):
    """As much of Markdown as our documents use: headings, paragraphs, lists, tables and code."""
    lines = [".SH DESCRIPTION"]
    blocks = re.sub(r"<!--.*?-->", "", text, flags=re.S).strip().split("\n\n")
    for block in filter(None, (block.strip("\n") for block in blocks[1:])):
        heading = re.fullmatch(r"(#{2,3}) (.*)", block)
        if heading:
            lines += [f".S{'H' if len(heading[1]) == 2 else 'S'} {marked(heading[2], len(heading[1]) == 2)}"]
        elif block.startswith("| "):
            lines += table(block.split("\n"))
        elif block.startswith("- "):
            for item in re.split(r"^- ", block, flags=re.M)[1:]:
                lines += [".IP \\(bu 2", marked(" ".join(item.split()))]
        elif block.startswith("    "):
            lines += [".PP", ".nf"] + [roff(line) for line in block.split("\n")] + [".fi"]
        else:
            lines += [".PP", marked(" ".join(block.split()))]
    return lines


def table(rows):
    """A row is an entry: its first cell the term, what has a heading of its own beside it, and what it means."""
    header, _, *rows = [[cell.strip() for cell in row[1:-1].split("|")] for row in rows]
    lines = []
    for row in rows:
        cells = dict(zip(header[1:], row[1:]))
        if "meaning" in cells:
            left_out = cells["when left out"]
            if not left_out.startswith("required"):
                left_out = "" if left_out == "none" else f"when left out {left_out}"
            beside, text = f" ({'; '.join(filter(None, [cells['value'], left_out]))})", cells["meaning"]
        else:
            beside, text = "", "; ".join(f"{name}: {cell}" for name, cell in cells.items() if cell)
        lines += [".TP", marked(row[0] + beside), marked(text)]
    return lines


def marked(text, upper=False):
    """Emphasis; and a link to a document that has a page is that page."""
    pages = {source: f"{name}(5)" for name, (source, _, _) in DOCUMENTS.items()}
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", lambda link: pages.get("docs/" + link[2], link[1]), text)
    parts = re.split(r"`([^`]*)`", text)
    if upper:
        return "".join(parts).upper()
    return line_start("".join(bold(part) if i % 2 else escape(part) for i, part in enumerate(parts)))


# --- roff


def escape(text):
    for character, name in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha")):
        text = text.replace(character, name)
    return text


def line_start(text):
    """A line that begins with a dot would be a request."""
    return "\\&" + text if text.startswith(".") else text


def roff(text):
    return line_start(escape(text))


def bold(text):
    return f"\\fB{escape(text)}\\fR"


def italic(text):
    return f"\\fI{escape(text)}\\fR"


def sentence(text):
    return text.removesuffix(".")


def lower_first(text):
    return text[:1].lower() + text[1:]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]), sys.argv[3])
