public import RowConfig

/// Finds the devices on a bus that nobody else uses: which units answer, and which profiles they fit. It only reads.
///
/// A unit that is silent costs one timeout. One that answers is asked, profile by profile, who it is and for every
/// point, until it refuses one that a row would need; where it falls silent instead, each profile costs a timeout more.
public struct BusScan {
  /// What was learnt of a unit that answers.
  public struct Found: Sendable, Equatable {
    public var unit: Int
    /// What it says of itself; nil where it does not.
    public var said: DeviceIdentification?
    /// Those that tell who the unit is, if any; else those that it has the points for, the most points first.
    public var matches: [Match]
  }

  /// A profile that a unit fits.
  public struct Match: Sendable, Equatable {
    public var profile: String
    /// The unit says of itself what the profile expects; else it only has the registers.
    public var isIdentified: Bool
    /// Points of the profile, and how many of them it answered: all that have a signal, or all where none has.
    public var points: Int
    public var answered: Int
  }

  private let bus: Site.Bus
  private let link: any ModbusLink
  private let profiles: [DeviceProfile]
  private var guards = WriteGuards()

  public init(_ bus: Site.Bus, link: any ModbusLink, profiles: [DeviceProfile]) {
    self.bus = bus
    self.link = link
    self.profiles = profiles
  }

  /// Asks unit 1 … 247; nil when it is silent.
  ///
  /// - Throws: `.transport` when the bus itself cannot be used.
  public mutating func find(_ unit: Int) throws(ModbusFault) -> Found? {
    precondition((1...247).contains(unit), "A Modbus unit is 1 to 247.")
    var buffer: [UInt16] = [0]
    do throws(ModbusFault) {
      try link.read(.holding, unit: UInt8(unit), address: 0, count: 1, into: &buffer)
    } catch {
      switch error {
      case .transport: throw error
      case .timeout: return nil
      // A garbled reply is one: two units with one number, perhaps.
      case .protocolViolation: break
      case .exception: if error.isSilence { return nil }
      }
    }
    let fits = profiles.compactMap { match($0, unit) }.sorted { ($0.answered, $1.profile) > ($1.answered, $0.profile) }
    let identified = fits.filter(\.isIdentified)
    return Found(unit: unit, said: try identification(unit), matches: identified.isEmpty ? fits : identified)
  }

  /// A unit that does not know the question may refuse it, garble it, or say nothing.
  private func identification(_ unit: Int) throws(ModbusFault) -> DeviceIdentification? {
    do throws(ModbusFault) {
      return try link.identification(of: UInt8(unit))
    } catch {
      if case .transport = error { throw error }
      return nil
    }
  }

  private mutating func match(_ profile: DeviceProfile, _ unit: Int) -> Match? {
    let device = Site.Device(name: "unit \(unit)", profile: profile.name, bus: bus.name, unit: unit)
    var run: InquiryRun
    do throws(FieldPlanFault) {
      run = InquiryRun(try DeviceInquiry(identifying: device, profile, on: bus), link: link)
    } catch {
      // A profile that cannot be planned is not one a unit can fit.
      return nil
    }
    let signals = profile.points.filter { $0.signal != nil }
    let needed = Set((signals.isEmpty ? profile.points : signals).map(\.name))
    var isGoingOn = true
    while isGoingOn {
      isGoingOn = run.step(nowNs: MonotonicClock.now().inNanoseconds, &guards) == .goOn
      if run.wasSilent || run.identity == .stranger || run.refused.contains(where: needed.contains) { return nil }
    }
    let readings = run.answer.readings
    let answered = readings.filter { $0.outcome == .good || $0.outcome == .invalidValue }
    guard answered.contains(where: { $0.outcome == .good }) else { return nil }
    guard needed.isSubset(of: answered.map(\.point)) else { return nil }
    return Match(
      profile: profile.name, isIdentified: run.identity == .asExpected, points: profile.points.count,
      answered: answered.count)
  }
}
