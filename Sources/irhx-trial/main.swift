import Glibc
import RowConfig
import Trials

let args = CommandLine.arguments
let loaded = try SiteLoader.load(path: args[1], profileDirectories: ["config/profiles"])
let hours = Double(args.count > 2 ? args[2] : "1") ?? 1
let row = try VirtualRow(loaded, seed: 1, load: .aiMix)
var next = 0.0
row.run(seconds: hours * 3600) { row in
  let every = hours > 2 ? 600.0 : 20
  guard row.seconds >= next else { return }
  next += every
  let c = row.core
  let t = row.truth
  print(
    Int(row.seconds), "\(c.mode)", "sup", (t.supplyTemperatureC * 100).rounded() / 100, "ret",
    (t.returnTemperatureC * 10).rounded() / 10, "P", t.rackPowerKw.reduce(0, +).rounded(), "flow",
    t.rowFlowLpm.rounded(),
    "dp", t.manifoldDpKpa.rounded(), "sp", c.pumpGroup.working.dpSetpoint.kilopascals.rounded(), "n",
    c.pumpGroup.working.wanted, "spd", (c.actuation.demand.pumps[0].speed * 10).rounded() / 10, "fan",
    (c.actuation.demand.fans[0] * 10).rounded() / 10, "v", (c.actuation.demand.rackValves[0]).rounded(), "chip",
    (t.chipTemperatureC.max() ?? 0).rounded(), "pw", t.pumpPowerKw.reduce(0, +).rounded(), "fw",
    (t.fanPowerKw.reduce(0, +)).rounded())
  c.interlocks.forEach(c.settings) { cause, i, s in if s.isActive { print("   ALARM", cause, i, s.value, s.limit) } }
}
