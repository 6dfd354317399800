import CoolingCore

/// The journal catalog's entries for alarms, one for each cause: what has happened, what comes of it, what to do and in
/// which time.
public enum AlarmCatalogText {
  /// The first line; what follows it in `systemd/irhxd.catalog` is this text.
  public static let heading = "# Alarms. Made by irhxd alarm-catalog; the last four digits are the SAF number in hex."

  /// The 28 digits that all alarms share, and the number of the cause's requirement as four: SAF-037 is …0025. Stable
  /// as requirement numbers are.
  static func messageID(_ cause: Cause) -> String {
    let requirement = CauseAndEffect.definition(of: cause).requirement.description
    guard let number = Int(requirement.drop { !$0.isNumber }) else {
      preconditionFailure("the requirement of a cause has no number: \(requirement)")
    }
    let digits = String(number, radix: 16)
    return "5e1b0c4f7d2a4e6b9a0c1d2e3f40" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  public static func catalog() -> String {
    var text = heading + "\n"
    for raw in 0..<Cause.count {
      guard let cause = Cause(rawValue: UInt8(raw)) else { continue }
      let definition = CauseAndEffect.definition(of: cause)
      let alarm = AlarmTable.definition(of: cause)
      let evidence =
        cause.unit == nil ? "" : " The value was @IRHX_VALUE@ @IRHX_UNIT@ against a limit of @IRHX_LIMIT@ @IRHX_UNIT@."
      text += """

        -- \(messageID(cause))
        Subject: Alarm \(definition.id) of row @IRHX_ROW@: @IRHX_SUBJECT@
        Defined-By: irhx

        \(wrapped("\(definition.text).\(evidence)"))

        \(wrapped("If nobody responds: \(alarm.consequence)."))

        \(wrapped("\(definition.response). There is \(words(alarm.time)) for it."))

        """
    }
    return text
  }

  private static func words(_ time: AlarmDefinition.ResponseTime) -> String {
    switch time {
    case .immediate: "a minute"
    case .prompt: "ten minutes"
    case .soon: "an hour"
    case .shift: "a shift of eight hours"
    }
  }

  /// In lines of at most 80 columns.
  private static func wrapped(_ text: String) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      if !lines[lines.count - 1].isEmpty && lines[lines.count - 1].count + word.count + 1 > 80 { lines.append("") }
      if !lines[lines.count - 1].isEmpty { lines[lines.count - 1] += " " }
      lines[lines.count - 1] += word
    }
    return lines.joined(separator: "\n")
  }
}
