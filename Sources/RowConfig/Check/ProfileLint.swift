/// What is worth a person's look in a sound profile: what it costs the bus, and what rests on weak sources.
extension ProfileCheck {
  /// A fan or a drive asks for two or three; each costs a serial bus about 10 ms at 19200 Bd.
  private static let requestsMax = 4

  mutating func lint() {
    lintCost()
    lintConfidence()
  }

  private mutating func lintCost() {
    for point in profile.points where point.intervalS == nil && point.signal == nil {
      guard point.unit == .kilowattHour || point.unit == .hours else { continue }
      reading.warn(
        at: "points.\(point.name)", "counts \(point.unit.rawValue), which change slowly: give it an interval_s")
    }
    let requests = requestsPerCycle()
    if requests > Self.requestsMax {
      reading.warn(
        at: "points", "the roles of one device take \(requests) requests in every cycle; interval_s saves some of them")
    }
  }

  /// Reads that the signals and what commands depend on take together.
  private func requestsPerCycle() -> Int {
    var names = Set<String>()
    for command in profile.commands where command.signal != nil {
      switch command.form {
      case .analog(let analog): names.formUnion([analog.reference, analog.readBack].compactMap { $0 })
      case .word(let word): names.formUnion(word.run.compactMap(\.until))
      }
    }
    var requests = 0
    for area in DeviceProfile.Area.allCases {
      let read = profile.points.filter {
        $0.area == area && $0.intervalS == nil && ($0.signal != nil || names.contains($0.name))
      }.sorted { $0.address < $1.address }
      var start = Int.min
      var end = Int.min
      for point in read {
        let isNear = start != Int.min && point.address - end <= profile.maxGap ?? 8
        if !isNear || point.address + point.registers - start > profile.maxRead {
          requests += 1
          start = point.address
          end = start
        }
        end = max(end, point.address + point.registers)
      }
    }
    return requests
  }

  /// The power of what is driven decides nothing; everything else of it does.
  private mutating func lintConfidence() {
    guard profile.commands.contains(where: { $0.signal != nil }) else { return }
    let weak =
      profile.commands.filter { $0.signal != nil }.map { ("commands.\($0.name)", $0.confidence) }
      + profile.points.filter { $0.signal != nil && $0.signal != "power" }.map { ("points.\($0.name)", $0.confidence) }
    for (path, confidence) in weak where confidence ?? profile.confidence == .low {
      reading.warn(at: path, "rests on a weak source: check it on the device before the row relies on it")
    }
  }
}
