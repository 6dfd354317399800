import CoolingCore
import FieldIO
import RowConfig
import Testing

@testable import RowRuntime

/// What the loop tells the core about its outputs and its buses.
@Suite struct LoopFieldTests {
  private static func outcome(
    _ outcome: FieldIO.Outcome, demand: Double? = 40, contradicted: Bool = false
  ) -> WriteOutcome {
    var state = WriteState()
    state.demand = demand
    state.outcome = outcome
    state.contradicted = contradicted
    return WriteOutcome(state)
  }

  @Test func aWriteIsAcceptedOnlyWhereNothingContradictsIt() {
    #expect(Self.outcome(.good) == .accepted)
    #expect(Self.outcome(.good, contradicted: true) == .contradicted)
    #expect(Self.outcome(.good, demand: nil) == .none)
  }

  @Test func aRefusalIsToldFromSilenceAndBothFromNothingSent() {
    #expect(Self.outcome(.exception) == .refused)
    #expect(Self.outcome(.exception, contradicted: true) == .refused)
    for silence in [FieldIO.Outcome.timeout, .transport, .protocolViolation] {
      #expect(Self.outcome(silence) == .silent)
      #expect(Self.outcome(silence, contradicted: true) == .silent)
    }
    for nothing in [FieldIO.Outcome.never, .invalidValue] { #expect(Self.outcome(nothing) == .none) }
  }

  @Test func theCoreIsToldWhichBusIsLost() throws {
    let folder = TracedCycleTests.folder
    let loaded = try SiteLoader.load(
      path: "\(folder)/config/row.demo.yaml", profileDirectories: ["\(folder)/config/profiles"])
    let roles = RoleMap(site: loaded.site)
    let plan = try FieldPlan(
      site: loaded.site, profiles: loaded.profiles, inputSlot: roles.inputSlot, outputSlot: roles.outputSlot)
    let links = loaded.site.buses.map { _ in ZeroLink() }
    var now = Duration.seconds(1000)
    let loop = RowLoop(
      site: loaded.site, roles: roles, field: DirectField(plan: plan, links: links), clock: { now })
    func lost(after cycles: Int) -> [Int] {
      for _ in 0..<cycles {
        now += .seconds(1)
        loop.runCycle(due: now)
      }
      return loaded.site.buses.indices.filter { loop.scan.isBusLost[$0] }
    }
    #expect(lost(after: 20) == [])
    links[2].isDead = true
    #expect(lost(after: BusMaster.busLossScans - 1) == [])
    #expect(lost(after: 20) == [2])
    links[2].isDead = false
    #expect(lost(after: 20) == [])
    links[2].dropsEvery = 3
    #expect(lost(after: 100) == [2], "one that no cycle gets through is lost too")
    links[2].dropsEvery = .max
    #expect(lost(after: 400) == [])
  }
}

/// Every register of every unit reads 0 and takes anything.
private final class ZeroLink: ModbusLink {
  var isDead = false
  /// Of so many requests one gets no answer.
  var dropsEvery = Int.max
  private var asked = 0
  var isConnected: Bool { !isDead }

  func read(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, count: Int, into buffer: inout [UInt16]
  ) throws(ModbusFault) {
    asked += 1
    if isDead || asked % dropsEvery == 0 { throw .timeout }
    for index in 0..<count { buffer[index] = 0 }
  }

  func write(
    _ area: DeviceProfile.Area, unit: UInt8, address: Int, registers: RegisterBlock
  ) throws(ModbusFault) {
    if isDead { throw .timeout }
  }
}
