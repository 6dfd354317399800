/// Every seed that ever broke a rule, with the reason: they run with the tests for ever.
struct KeptSeed: Sendable, CustomStringConvertible {
  var seed: UInt64
  var hours: Double
  var why: String
  /// Not repaired yet.
  var isOpen = false
  var description: String { "seed \(seed): \(why)" }

  static let all = [
    KeptSeed(
      seed: 13, hours: 6, why: "half a litre a minute at one rack stops the whole row, and the other racks overheat"),
    KeptSeed(seed: 16, hours: 6, why: "a restarted daemon moves a pump by 10 % in its first cycle"),
    KeptSeed(seed: 3830, hours: 6, why: "a pump that was told to stop just before a restart coasts after it"),
    KeptSeed(seed: 5193, hours: 6, why: "to a hall that reads ever colder the coils seem to foul"),
    KeptSeed(
      seed: 5201, hours: 6, why: "a rack let in while its row is off has not had its time when the row comes back"),
  ]
}
