"""Water that a site uses, and what of it a controller moves: water.py ENERGY_JSON WATER_MD

Hourly weather comes from the EPW files (typical years of the U.S. DOE, IWEC, SWEC) that PyPI's `sinergym` ships; only its
data are used. All equations are below; constants with their sources in CONSTANTS. The result depends on inputs of the
site that nobody has published, and the report says which.
"""

import csv
import json
import math
import pathlib
import sys
import sysconfig

# What a kilogram of evaporated water takes away: 2430 kJ/kg at 27 °C, so litres per kWh of latent heat.
LITRES_PER_KWH = 3600 / 2430
# Tower and pad water is bled off once it is this concentrated.
CYCLES = 4
MAKE_UP = CYCLES / (CYCLES - 1)
# Share of the wet-bulb depression that evaporative pads reach.
PAD = 0.88
# Air entering the hall, and its warming by air-cooled servers, °C and K: usual design values.
HALL_SUPPLY_C = 27.0
HALL_RISE_K = 13.0
# Power of server fans as a share of an air-cooled server's power, and of a liquid-cooled one's.
SERVER_FANS = 0.08
LIQUID_SERVER_FANS = 0.02
# Share of a tower's heat that leaves as vapour; the rest warms the air.
TOWER_LATENT = 0.85
# A chiller's heat on top, where the tower's water is too warm for the air handlers.
CHILLER_COP = 6.0
# Facility water less outdoor air that a dry cooler needs, and how much of the wet-bulb depression its adiabatic pads use.
DRY_APPROACH_K = 9.0
FACILITY_RISE_K = 10.0
CLAIM = 0.09

CLIMATES = [
    ("Tucson", "USA_AZ_Davis-Monthan"),
    ("Granada", "ESP_Granada"),
    ("Lisbon", "PRT_Lisboa"),
    ("New York", "USA_NY_New.York"),
    ("Tokyo", "JPN_Tokyo"),
    ("Stockholm", "SWE_Stockholm"),
]


def wet_bulb(dry_c, humidity):
    """Stull (2011), from dry bulb °C and relative humidity %, at sea level; within 1 K."""
    return (
        dry_c * math.atan(0.151977 * math.sqrt(humidity + 8.313659))
        + math.atan(dry_c + humidity)
        - math.atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * math.atan(0.023101 * humidity)
        - 4.686035
    )


def read_epw(path):
    """Dry bulb and wet bulb of each hour, °C: an EPW file has eight lines of header, dry bulb in field 7 and relative
    humidity in field 9."""
    with open(path, newline="", encoding="latin-1") as file:
        rows = list(csv.reader(file))[8:]
    if len(rows) < 8760:
        raise SystemExit(f"water: {path.name}: {len(rows)} hours are no year")
    return [(float(row[6]), wet_bulb(float(row[6]), float(row[8]))) for row in rows]


def direct_evaporative(hour, heat, rise_k, supply_c=HALL_SUPPLY_C):
    """Litres an hour for `heat` kW to outdoor air: the air that carries it is cooled from outdoors to the hall's supply, as
    far as the pads can."""
    dry, wet = hour
    cooled_k = min(max(dry - supply_c, 0), PAD * (dry - wet))
    return LITRES_PER_KWH * MAKE_UP * heat * cooled_k / rise_k


def tower(hour, heat, supply_c=HALL_SUPPLY_C):
    """All heat over a tower; a chiller helps while the tower's water (wet bulb + 5.5 K) is within 4 K of the supply."""
    chills = hour[1] + 5.5 > supply_c - 4
    return LITRES_PER_KWH * MAKE_UP * TOWER_LATENT * heat * (1 + chills / CHILLER_COP)


def dry_adiabatic(hour, heat, facility_c):
    """Dry while the air is cold enough; above, pads cool the cooler's air by what is missing, and its air warms by the
    facility water's rise."""
    missing_k = min(max(hour[0] + DRY_APPROACH_K - facility_c, 0), PAD * (hour[0] - hour[1]))
    return LITRES_PER_KWH * MAKE_UP * heat * missing_k / FACILITY_RISE_K


def wue(hours, rule, *arguments):
    """Litres per kWh of useful work (servers less their fans), over the year."""
    return sum(rule(hour, *arguments) for hour in hours) / len(hours)


def heat_air_cooled(fans=SERVER_FANS):
    return 1 / (1 - fans)


def heat_irhx(parasitic, fans=LIQUID_SERVER_FANS):
    return (1 + parasitic) / (1 - fans)


def solve(f, low, high):
    """The x where the rising `f` is 0; None outside."""
    if f(low) > 0 or f(high) < 0:
        return None
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return 0.5 * (low + high)


def saving(parasitic, fans=SERVER_FANS, rise_k=HALL_RISE_K, liquid=1.0):
    """Water less than a fully air-cooled site's; the same in every climate, since both cool their air alike: water goes with
    heat over the air's rise."""
    before = heat_air_cooled(fans) / HALL_RISE_K
    after = liquid * heat_irhx(parasitic) / rise_k + (1 - liquid) * before
    return 1 - after / before


def parasitics(figures, controller):
    own = figures[f"mix-67/{controller}"]
    return (own["pumpKwh"] + own["fanKwh"]) / own["itKwh"], own


def percent(x, digits=1):
    return f"{100 * x:.{digits}f} %"


def report(record, climates):
    figures = record["figures"]
    shipped, shipped_figures = parasitics(figures, "B0")
    names = [n for n in ("pid", "pid+optimiser", "mpc") if f"mix-67/{n}" in figures]
    lines = [
        "# Water",
        "",
        "Written by `make energy`; do not edit. A model with stated assumptions, no measurement. It has two parts that must not be",
        "mixed up: what an architecture of liquid-cooled racks saves, which is not ours, and what *control* moves, which is.",
        "",
        "## What control moves: ours",
        "",
        "Pumps and fans become heat in the hall. Against the same row run as shipped (B0), in `mix-67` of [energy.md](energy.md):",
        "",
        "| | pumps + fans, share of rack power | water | water if hall air follows the coils' air |",
        "|---|---|---|---|",
        f"| B0 | {percent(shipped, 2)} | – | – |",
    ]
    for name in names:
        own, own_figures = parasitics(figures, name)
        water = 1 - (1 + own) / (1 + shipped)
        # Air goes with the cube root of fan power; the same heat in less air has a larger rise.
        air = (own_figures["fanKwh"] / shipped_figures["fanKwh"]) ** (1 / 3)
        both = 1 - (1 + own) / (1 + shipped) * air
        lines.append(f"| {name} | {percent(own, 2)} | −{percent(water, 2)} | −{percent(both)} |")
    lines += [
        "",
        "We publish the third column. The fourth holds only where the hall's air handlers deliver no more air than the coils draw, so",
        "that slower fans mean warmer exhaust and less air through the pads; it is an upper bound and no claim.",
        "",
        "Warmer facility water (dry cooler with adiabatic pads, litres per kWh of useful work), by its supply temperature:",
        "",
        "| | " + " | ".join(f"{t} °C" for t in (24, 28, 32, 36, 40)) + " |",
        "|---|---|---|---|---|---|",
    ]
    heat = heat_irhx(parasitics(figures, names[0])[0]) if names else heat_irhx(shipped)
    for place, hours in climates:
        cells = [f"{wue(hours, dry_adiabatic, heat, t):.3f}" for t in (24, 28, 32, 36, 40)]
        lines.append(f"| {place} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Which of these a site may run is decided by its racks' highest supply temperature, less the exchanger's approach of 3 … 5 K.",
        "",
        "## What the architecture moves: not ours",
        "",
        "Litres per kWh of useful work (servers less their fans) of a fully air-cooled hall, and of the same with irhx rows:",
        "",
        "| | direct evaporative: air-cooled | irhx | tower: air-cooled | irhx | irhx on facility water, 36 °C, dry + adiabatic |",
        "|---|---|---|---|---|---|",
    ]
    before = heat_air_cooled()
    for place, hours in climates:
        cells = [
            wue(hours, direct_evaporative, before, HALL_RISE_K), wue(hours, direct_evaporative, heat, HALL_RISE_K),
            wue(hours, tower, before), wue(hours, tower, heat), wue(hours, dry_adiabatic, heat, 36),
        ]
        lines.append(f"| {place} | " + " | ".join(f"{x:.3f}" for x in cells) + " |")
    own = parasitics(figures, names[0])[0] if names else shipped
    fans = solve(lambda f: saving(own, fans=f) - CLAIM, 0.0, 0.3)
    rise8 = solve(lambda k: saving(own, rise_k=HALL_RISE_K + k) - CLAIM, 0.0, 10)
    rise5 = solve(lambda k: saving(own, fans=0.05, rise_k=HALL_RISE_K + k) - CLAIM, 0.0, 10)
    share = solve(lambda x: saving(own, rise_k=16.0, liquid=x) - CLAIM, 0.0, 1.0)
    lines += [
        "",
        "### Which assumptions reproduce 9 %",
        "",
        f"With a direct evaporative hall, {percent(SERVER_FANS, 0)} server fans and nothing else the saving is "
        f"{percent(saving(own))} (as shipped: {percent(saving(shipped))}). Any one of these makes it 9 %:",
        "",
        f"- server fans of {percent(fans)} of an air-cooled server's power, and nothing else;",
        f"- {percent(SERVER_FANS, 0)} server fans and {rise8:.1f} K more air rise in the hall;",
        f"- 5 % server fans and {rise5:.1f} K more air rise;",
        f"- {percent(share, 0)} of the site liquid-cooled at a rise of 16 K.",
        "",
        "So a claim of 9 % is plausible, and decided by three inputs that nobody has published: the server fans' share, the hall's",
        "air rise, and the share of the site that is liquid-cooled. None of them is control.",
        "",
        "## Equations and constants",
        "",
        f"- Vapour: 1 kWh of latent heat takes {LITRES_PER_KWH:.2f} L; with {CYCLES} cycles of concentration {MAKE_UP:.2f} times",
        "  that is drawn.",
        f"- Direct evaporative: L/h = {LITRES_PER_KWH:.2f}·{MAKE_UP:.2f}·heat·ΔT/rise, ΔT = min(max(T_dry − {HALL_SUPPLY_C:.0f}, 0), "
        f"{PAD}·(T_dry − T_wet)), rise {HALL_RISE_K:.0f} K.",
        f"- Tower: {percent(TOWER_LATENT, 0)} of the heat leaves as vapour; a chiller (COP {CHILLER_COP:.0f}) adds its heat while the "
        "wet bulb + 5.5 K is within 4 K of the hall's supply.",
        f"- Dry + adiabatic: pads run while T_dry + {DRY_APPROACH_K:.0f} K is above the facility water, and cool by what is missing; "
        f"rise {FACILITY_RISE_K:.0f} K.",
        f"- Heat per kWh of useful work: air-cooled 1/(1 − {SERVER_FANS}); irhx (1 + parasitics)/(1 − {LIQUID_SERVER_FANS}), "
        "parasitics from this benchmark.",
        "- Weather: EPW files shipped by PyPI's `sinergym`, 8760 hours each; wet bulb after Stull (2011).",
        "",
    ]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: water.py ENERGY_JSON WATER_MD")
    folder = pathlib.Path(sysconfig.get_paths()["purelib"]) / "sinergym" / "data" / "weather"
    climates = []
    for place, name in CLIMATES:
        files = sorted(folder.glob(name + "*.epw"))
        if not files:
            raise SystemExit(f"water: no weather of {place} in {folder}: run scripts/setup.sh energy")
        climates.append((place, read_epw(files[0])))
    record = json.loads(pathlib.Path(sys.argv[1]).read_text())
    pathlib.Path(sys.argv[2]).write_text(report(record, climates))


if __name__ == "__main__":
    main()
