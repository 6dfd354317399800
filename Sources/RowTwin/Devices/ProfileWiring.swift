/// Where the values of an emulated device come from: what the site entry connects it to, and else what its profile lets
/// one expect of it.
internal import RowConfig

struct ProfileWiring {
  /// By the point's name.
  var points: [String: PointSource] = [:]
  var power: Int?
  /// Racks whose permit a command gives, by its name.
  var permits: [String: Int] = [:]
  /// Where it was set to go when nobody speaks to it.
  var safePercent = 100.0
}

/// A command of the profile and what it has to have been given.
struct RawCommand {
  var command: Int
  var raw: UInt64
}

enum PointSource {
  enum Signal: String { case speed, running, fault, ready, remote, power, position }

  /// Always these, whatever they mean.
  case bits(UInt64)
  case text(String)
  /// In the point's unit.
  case value(Double)
  case sensor(Int)
  case loop(Int, at4mA: Double, at20mA: Double)
  case contact(Contact)
  /// The cable of a leak detector is broken.
  case cut(LeakCable)
  case signal(Signal)
  /// A step of the control word has been taken.
  case step(Int)
  /// What a command has been given.
  case echo(Int)
  /// Set up at commissioning, and lost with everything else in a reset to the factory's.
  case setting(expected: Double, factory: Double)
  /// Whether there is a value at the points that depend on this one.
  case condition(met: UInt64, unmet: UInt64)
  /// What comes of these commands.
  case answer(to: [RawCommand], met: UInt64, unmet: UInt64)
  /// Hz and kWh of a device that has a speed or measures a power.
  case mains, energy

  /// What the profile lets one expect of a point.
  init(_ point: DeviceProfile.Point, of profile: DeviceProfile, safePercent: Double) {
    if let known = Self.fixed(point, of: profile, safePercent) ?? Self.spoken(point, of: profile) {
      self = known
    } else if profile.points.contains(where: { $0.reference == point.name }) {
      // A reference that is 0 would make everything 0.
      self = .bits(point.format.bits(min(40_000, point.format.top)))
    } else {
      switch (point.format, point.unit) {
      case (.string, _): self = .text("")
      case (_, .hertz): self = .mains
      case (_, .kilowattHour): self = .energy
      default: self = .value(0)  // nothing is known of it
      }
    }
  }

  /// Who it is, how it is set up, and what makes other points count.
  private static func fixed(
    _ point: DeviceProfile.Point, of profile: DeviceProfile, _ safePercent: Double
  ) -> PointSource? {
    if let identity = profile.identity.first(where: { $0.point == point.name }) {
      return identity.text.map(PointSource.text) ?? .bits(identity.rawIn.first ?? 0)
    }
    if let setting = profile.communicationLoss?.setUp.first(where: { $0.point == point.name }) {
      let expected = point.unit == .percent ? min(max(safePercent, setting.min), setting.max) : setting.max
      return .setting(expected: expected, factory: setting.min <= 0 && setting.max >= 0 ? setting.max + 1 : 0)
    }
    let conditions = profile.points.compactMap(\.validWhen).filter { $0.point == point.name }.map(\.rawIn)
    if let met = conditions.first?.first(where: { raw in conditions.allSatisfy { $0.contains(raw) } }) {
      return .condition(met: met, unmet: other(than: conditions.flatMap(\.self)))
    }
    let unit = profile.points.compactMap(\.unitFrom).first { $0.point == point.name }
    return unit.map { .bits($0.choices[0].raw) }
  }

  /// What it says of the commands it is given.
  private static func spoken(_ point: DeviceProfile.Point, of profile: DeviceProfile) -> PointSource? {
    for (index, command) in profile.commands.enumerated() {
      switch command.form {
      case .analog(let analog): if analog.readBack == point.name { return .echo(index) }
      case .word(let word):
        if let step = word.run.firstIndex(where: { $0.until == point.name }) { return .step(step) }
      }
    }
    if let signal = point.signal.flatMap(Signal.init) { return .signal(signal) }
    for kind in DeviceProfile.SequenceKind.allCases {
      var writes: [RawCommand] = []
      for step in profile.sequences[kind] {
        switch step {
        case .write(let write): if let raw = profile.raw(write) { writes.append(raw) }
        case .wait(let wait) where wait.point == point.name:
          return .answer(to: writes, met: wait.rawIn[0], unmet: other(than: wait.rawIn))
        case .wait: writes = []
        case .pause: break
        }
      }
    }
    return nil
  }

  private static func other(than raws: [UInt64]) -> UInt64 {
    raws.contains(0) ? (raws.contains(1) ? (raws.max() ?? 0) + 1 : 1) : 0
  }
}

extension DeviceProfile {
  /// nil: what is written is up to the row.
  func raw(_ write: Step.Write) -> RawCommand? {
    let command = commands.firstIndex { $0.name == write.command }
    guard let raw = write.raw, let command else { return nil }
    return RawCommand(command: command, raw: raw)
  }

  /// What a sequence writes, the row's own demands aside.
  func rawWrites(_ kind: SequenceKind) -> [RawCommand] {
    sequences[kind].compactMap { step in
      if case .write(let write) = step { raw(write) } else { nil }
    }
  }
}

/// What a device does when nobody speaks to it.
enum SilentAction {
  case goesToSafety, holds, trips

  /// From the words in which profiles say it.
  init(_ loss: DeviceProfile.CommunicationLoss) {
    if loss.action.contains("trip") {
      self = .trips
    } else {
      self = loss.action.contains("hold") ? .holds : .goesToSafety
    }
  }
}
