# Judges a recorded run, one JSON state a line (irhxctl watch --json): in the last third the row must always be in Auto
# and its supply temperature within 1 K of the setpoint in use. Exits 0 when it was.

function value(key) {
  if (!match($0, "\"" key "\":-?[0-9.]+")) return "none"
  return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
}

{
  isAuto[NR] = /"mode":"auto"/
  supply = value("supply_c")
  setpoint = value("effective_setpoint_c")
  isKnown[NR] = supply != "none" && setpoint != "none"
  deviation[NR] = supply > setpoint ? supply - setpoint : setpoint - supply
}

END {
  first = NR - int(NR / 3) + 1
  for (i = first; i <= NR; i++) {
    if (!isAuto[i]) notAuto++
    else if (!isKnown[i]) unknown++
    if (isKnown[i] && deviation[i] > worst) worst = deviation[i]
  }
  isHeld = NR >= 6 && !notAuto && !unknown && worst <= 1
  printf "run: %d states; of the last %d, %d were not in Auto, %d without a supply temperature; ", \
    NR, NR - first + 1, notAuto, unknown
  printf "supply at most %.2f K from its setpoint (1 K allowed): %s\n", worst, isHeld ? "held" : "NOT held"
  exit !isHeld
}
