import RowConfig

/// Every seed that ever broke a rule, with the reason: they run with the tests for ever.
struct KeptSeed: Sendable, CustomStringConvertible {
  var seed: UInt64
  var hours: Double
  var why: String
  /// Who commands, where it was not `pid`.
  var mode: Site.Control.Mode?
  var description: String { "seed \(seed): \(why)" }

  static let all = [
    KeptSeed(
      seed: 13, hours: 6, why: "half a litre a minute at one rack stops the whole row, and the other racks overheat"),
    KeptSeed(seed: 16, hours: 6, why: "a restarted daemon moves a pump by 10 % in its first cycle"),
    KeptSeed(seed: 681, hours: 6, why: "one swing of full cooling raises its pressure alarm twice"),
    KeptSeed(seed: 3830, hours: 6, why: "a pump that was told to stop just before a restart coasts after it"),
    KeptSeed(seed: 5193, hours: 6, why: "to a hall that reads ever colder the coils seem to foul"),
    KeptSeed(seed: 6232, hours: 6, why: "a row that stood for hours starts its fans as if they cooled well at rest"),
    KeptSeed(seed: 7553, hours: 6, why: "a permit comes back to a rack without flow whose chips are hot"),
    KeptSeed(seed: 7571, hours: 6, why: "nobody hears of a rack whose bus is dead, and its valve shuts"),
    KeptSeed(
      seed: 7718, hours: 6, why: "a valve shuts while its rack's power meter is refused: the permit goes late"),
    KeptSeed(
      seed: 7763, hours: 6, why: "a meter that stood at no flow stays contradicted while its valve opens"),
    KeptSeed(seed: 7934, hours: 6, why: "a leak detector's cable breaks before it has said that it is wet"),
    KeptSeed(seed: 8109, hours: 6, why: "coolant leaves what the supply instruments can read"),
    KeptSeed(
      seed: 8160, hours: 6, why: "what a lying rack meter has asked of the pumps near full load stays too high"),
    KeptSeed(seed: 8927, hours: 6, why: "a fan that was silent comes back at a speed of its own"),
    KeptSeed(seed: 8934, hours: 6, why: "sixteen leak detectors go with one module"),
    KeptSeed(
      seed: 9578, hours: 6, why: "a hall that reads ever hotter makes the supply swing above its limits"),
    KeptSeed(
      seed: 9886, hours: 6, why: "a chip that heated while its rack was not heard of is estimated too cold afterwards"),
    KeptSeed(seed: 9985, hours: 6, why: "an instrument for display only has no alarm"),
    KeptSeed(
      seed: 5201, hours: 6, why: "a rack let in while its row is off has not had its time when the row comes back"),
    KeptSeed(
      seed: 221, hours: 6, why: "a drive that obeys again takes the row's flow along, and full cooling makes pressure",
      mode: .mpc),
    KeptSeed(seed: 527, hours: 6, why: "the plan's pressure falls faster than the valves open for it", mode: .mpc),
    KeptSeed(
      seed: 807, hours: 6, why: "to coils whose coolant stood the facility's water seems to freeze", mode: .mpc),
    KeptSeed(seed: 803, hours: 6, why: "a pump that is given back from Hand stops, and the flow with it", mode: .mpc),
  ]
}
