import FoundationEssentials
import RowAPI
import RowConfig

/// Two masters on one line take each other's answers: who asks devices by himself looks first whether a daemon uses
/// their bus.
enum BusUse {
  private static let folder = "/run/irhx"

  /// Ends the program where a daemon answers that uses one of the buses, or cannot be asked.
  ///
  /// - Parameters:
  ///   - row: a daemon of this row is in the way whatever its buses.
  ///   - sockets: where to look beside /run/irhx.
  static func refuse(_ buses: [Site.Bus], row: String? = nil, sockets: [String], instead: String) throws {
    var found: [String] = []
    if FileManager.default.fileExists(atPath: folder) {
      found = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sock") }
        .map { "\(folder)/\($0)" }
    }
    for path in found + sockets {
      let state: RowState
      do throws(RowClient.Failure) { state = try RowClient(path: path).state() } catch {
        // Nobody there is what is hoped for; a daemon that cannot be asked may be using the bus.
        if case .varlink(.unreachable) = error { continue }
        say("irhxd: \(path): \(error); it is not known whether its daemon uses the bus")
        throw ExitStatus.unavailable
      }
      if let row, state.row == row {
        say("irhxd: the daemon of row \(row) runs and owns its devices; \(instead)")
        throw ExitStatus.unavailable
      }
      let used = state.buses.first { bus in buses.contains { bus.endpoint.hasPrefix($0.link.place) } }
      guard let used else { continue }
      say("irhxd: the daemon of row \(state.row) uses it as bus \(used.name); \(instead)")
      throw ExitStatus.unavailable
    }
  }
}

extension Site.Bus.Link {
  /// How the state of a bus begins to name it.
  fileprivate var place: String {
    switch self {
    case .tcp(let host, let port): "\(host):\(port)"
    case .serial(let path, _, _, _): "\(path) "
    }
  }
}
