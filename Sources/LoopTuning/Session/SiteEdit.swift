public import RowConfig

/// What is suggested in the site file.
extension Suggestion {
  /// The site with what is suggested in place of what is in use; unchanged where nothing is.
  public func applied(to site: Site) -> Site {
    guard let suggested else { return site }
    var site = site
    func change(_ gains: inout Site.Gains) {
      (gains.gain, gains.integralTimeS, gains.derivativeTimeS) = (suggested.gain, suggested.integralTimeS, 0)
    }
    switch loop.kind {
    case .pump: change(&site.pumps.gains)
    case .valve: change(&site.racks.gains)
    case .fans:
      guard var fans = site.fans else { return site }
      change(&fans.gains)
      site.fans = fans
    }
    return site
  }

  /// The site file's text with one line changed, or one more: comments and everything else stay as they are.
  ///
  /// - Returns: nil where nothing is suggested, or the section or its gains are not written in the way of the shipped
  ///   files, so that one line could be changed.
  public func edited(_ text: String) -> String? {
    guard let siteLine else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let head = lines.firstIndex(where: { $0.hasPrefix("\(loop.section):") }) else { return nil }
    let end = lines[(head + 1)...].firstIndex { line in line.first.map { $0 != " " && $0 != "#" } ?? false }
    let block = head + 1..<(end ?? lines.endIndex)
    let content = lines[block].first { $0.contains { $0 != " " } && !$0.drop { $0 == " " }.hasPrefix("#") }
    guard let indent = content?.prefix(while: { $0 == " " }), !indent.isEmpty else { return nil }
    guard let old = lines[block].firstIndex(where: { $0.hasPrefix("\(indent)gains:") }) else {
      lines.insert(indent + siteLine, at: head + 1)
      return lines.joined(separator: "\n")
    }
    guard let close = lines[old].firstIndex(of: "}") else { return nil }
    lines[old] = indent + siteLine + lines[old][lines[old].index(after: close)...]
    return lines.joined(separator: "\n")
  }
}
