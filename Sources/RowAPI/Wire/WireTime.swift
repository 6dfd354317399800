import FoundationEssentials

/// RFC 3339 in UTC, as every time on the wire is written.
public enum WireTime {
  public static var nowMs: Int64 { Int64((Date.now.timeIntervalSince1970 * 1000).rounded()) }

  /// With milliseconds.
  public static func text(ms: Int64) -> String {
    Date(timeIntervalSince1970: Double(ms) / 1000).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Milliseconds since 1970; with or without fractions of a second. nil where it is no such time.
  public static func ms(_ text: String) -> Int64? {
    for hasFractions in [true, false] {
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFractions)
      // ignoring: what neither form reads is no time.
      if let date = try? style.parse(text) { return Int64((date.timeIntervalSince1970 * 1000).rounded()) }
    }
    return nil
  }
}
