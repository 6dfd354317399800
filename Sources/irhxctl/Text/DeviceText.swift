import RowAPI

/// Single devices as tables.
enum DeviceText {
  static func lines(of devices: [DeviceInfo]) -> [String] {
    let names = devices.map(\.name.count).max() ?? 0
    let profiles = devices.map(\.profile.count).max() ?? 0
    return devices.map { device in
      let place = "\(device.bus) unit \(device.unit)"
      let facts = [device.tag, device.serves].compactMap(\.self).joined(separator: "  ")
      return "\(device.name.left(names))  \(device.profile.left(profiles))  \(place.left(24))  \(facts)".trimmedEnd
    }
  }

  static func lines(of report: DeviceReport) -> [String] {
    let device = report.device
    let tag = device.tag.map { " (\($0))" } ?? ""
    var lines = [
      "\(device.name)\(tag): \(device.kind), profile \(device.profile), \(device.bus) unit \(device.unit)"
    ]
    let said = [report.vendor, report.product, report.revision].compactMap(\.self)
    if !said.isEmpty { lines.append("says that it is \(said.joined(separator: ", "))") }
    let names = max(12, report.points.map(\.name.count).max() ?? 0)
    lines.append(
      "\("POINT".left(names))  \("VALUE".right(12))  \("UNIT".left(6))\("OUTCOME".left(11))"
        + "\("RAW".left(20))\("AGE".right(7))  FEEDS")
    for point in report.points {
      let age = point.ageMs.map { "\($0) ms" } ?? Figure.missing
      lines.append(
        "\(point.name.left(names))  \(value(point).right(12))  \(point.unit.left(6))"
          + "\(point.outcome.rawValue.left(11))\((point.raw ?? Figure.missing).left(20))\(age.right(7))"
          + "  \(point.role ?? "")")
    }
    if !report.commands.isEmpty { lines.append("COMMAND") }
    for command in report.commands {
      lines.append("\(command.name.left(names))  \(command.refusal ?? "may be written with irhxctl point set")")
    }
    return lines.map(\.trimmedEnd)
  }

  static func line(of point: PointReading) -> String {
    guard point.outcome == .good else { return "\(point.name): no value (\(point.outcome.rawValue))" }
    return value(point) + suffix(point.unit) + (point.raw.map { " (raw \($0))" } ?? "")
  }

  static func line(of written: PointWrite, _ name: String) -> String {
    let unit = suffix(written.unit)
    let told = written.told.map { " (\(figure($0))\(unit))" } ?? ""
    let end =
      switch (written.accepted, written.agrees) {
      case (let accepted?, true?): "reads back \(figure(accepted))\(unit)"
      case (let accepted?, _): "but the device reads back \(figure(accepted))\(unit)"
      case (nil, _): "which the device confirmed; there is nothing to read it back from"
      }
    return "\(name): wrote \(written.raw)\(told), \(end)"
  }

  private static func value(_ point: PointReading) -> String {
    if let text = point.text { return text }
    return point.value.map(figure) ?? Figure.missing
  }

  private static func figure(_ value: Double) -> String {
    Figure.text(value, decimals: value == value.rounded() ? 0 : 3)
  }

  private static func suffix(_ unit: String) -> String { unit.isEmpty || unit == "0/1" ? "" : " \(unit)" }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
