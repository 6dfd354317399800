import FieldIO
import Foundation
import RowAPI
import RowConfig
import Synchronization
import Testing

@testable import RowRuntime

/// Who may ask a device for what.
@Suite struct DeviceDeskTests {
  /// Notes the buses asked and gives each inquiry the same answer.
  private final class Buses: Sendable {
    let asked = Mutex<[Int]>([])
    let answer: InquiryAnswer?
    init(_ answer: InquiryAnswer?) { self.answer = answer }

    func desk(_ loaded: LoadedSite) -> DeviceDesk {
      DeviceDesk(loaded) { bus, _, reply in
        self.asked.withLock { $0.append(bus) }
        guard let answer = self.answer else { return false }
        reply(answer)
        return true
      }
    }
  }

  private func outcome(
    _ buses: Buses, _ loaded: LoadedSite, _ ask: (DeviceDesk, @escaping DeviceDesk.Reply) -> Void
  ) throws -> Result<RowReply, RowError> {
    let found = Mutex<Result<RowReply, RowError>?>(nil)
    ask(buses.desk(loaded)) { result in found.withLock { $0 = result } }
    return try #require(found.withLock { $0 })
  }

  private func set(
    _ point: String, of device: String = "DO-A", _ written: InquiryAnswer.Written? = nil,
    site: String = "row.demo.yaml"
  ) throws -> (answer: Result<RowReply, RowError>, asked: [Int]) {
    let buses = Buses(InquiryAnswer(written: written))
    let answer = try outcome(buses, Bench.load(site)) { $0.set(device, point, to: 1, $1) }
    return (answer, buses.asked.withLock { $0 })
  }

  @Test func aCommandThatARoleDrivesIsRefusedAndTheDeviceNotAsked() throws {
    for (device, point, role) in [
      ("DO-A", "do_0", "rack.1.permit"), ("P1-drive", "control_word", "pump.1.run"),
      ("P1-drive", "speed_demand", "pump.1.speed_demand"), ("R05-valve", "demand", "rack.5.valve.demand"),
    ] {
      let (answer, asked) = try set(point, of: device)
      let reason = "\(role) drives it, and the control loop owns that; see irhxctl override"
      #expect(answer == .failure(.refused(reason: reason)))
      #expect(asked.isEmpty)
    }
  }

  /// Of every shipped row: no output of the loop can be reached.
  @Test(arguments: Bench.shippedSites) func noDrivenOutputCanBeSet(_ site: String) throws {
    let loaded = try Bench.load(site)
    for binding in loaded.bindings where binding.role.direction == .output {
      let buses = Buses(InquiryAnswer())
      let device = loaded.site.devices[binding.device].name
      let answer = try outcome(buses, loaded) { $0.set(device, binding.point, to: 1, $1) }
      guard case .failure(.refused) = answer, buses.asked.withLock({ $0.isEmpty }) else {
        Issue.record("\(device).\(binding.point) was taken")
        continue
      }
    }
  }

  @Test func aCommandOnTheRegistersOfADrivenOneIsRefused() throws {
    var loaded = try Bench.load("row.demo.yaml")
    var twin = try #require(loaded.profiles["danfoss/vlt-fc"]?.commands.first { $0.name == "speed_demand" })
    twin.name = "bus_reference"
    twin.signal = nil
    loaded.profiles["danfoss/vlt-fc"]?.commands.append(twin)
    let buses = Buses(InquiryAnswer())
    let answer = try outcome(buses, loaded) { $0.set("P1-drive", "bus_reference", to: 1, $1) }
    let reason = "it shares registers with speed_demand, which pump.1.speed_demand drives"
    #expect(answer == .failure(.refused(reason: reason)))
  }

  @Test func aCommandThatKeepsADrivenDeviceInControlIsRefused() throws {
    var loaded = try Bench.load("row.demo.yaml")
    var alive = try #require(loaded.profiles["danfoss/vlt-fc"]?.commands.first { $0.name == "speed_demand" })
    (alive.name, alive.signal, alive.address) = ("alive", nil, 100)
    loaded.profiles["danfoss/vlt-fc"]?.commands.append(alive)
    loaded.profiles["danfoss/vlt-fc"]?.heartbeat = .init(command: "alive", raws: [1, 2], everyS: 1)
    let answer = try outcome(Buses(InquiryAnswer()), loaded) { $0.set("P1-drive", "alive", to: 1, $1) }
    #expect(answer == .failure(.refused(reason: "the daemon writes it to stay in control of the device")))
  }

  @Test func whatTheProfileDoesNotDeclareWritableIsRefused() throws {
    let (answer, asked) = try set("state_15")
    let reason = "the profile moxa/iologik-e1211 declares state_15 as read only"
    #expect(answer == .failure(.refused(reason: reason)))
    #expect(asked.isEmpty)
    #expect(try set("do_51").answer == .failure(.unknownName("do_51", nearest: "do_1")))
    #expect(try set("do_1", of: "DO-Z").answer == .failure(.unknownName("DO-Z", nearest: "DO-A")))
  }

  @Test func aFreeOutputIsWrittenOnTheBusOfItsDevice() throws {
    let (answer, asked) = try set("do_15", .confirmed(pattern: 1, told: 1, accepted: 1, agrees: true))
    #expect(answer == .success(.written(PointWrite(raw: "0x1", told: 1, accepted: 1, agrees: true, unit: "0/1"))))
    let buses = try Bench.load("row.demo.yaml").site.buses
    #expect(asked.map { buses[$0].name } == ["instruments-b"])
  }

  @Test func whyADeviceDidNotTakeAValueIsSaid() throws {
    #expect(
      try set("do_15", .refused(.outOfRange(0...1))).answer
        == .failure(.outOfRange(name: "DO-A.do_15", value: 1, minimum: 0, maximum: 1, unit: "0/1")))
    for refusal in [
      WriteRefusal.silent(.timeout), .silent(.never), .stranger, .exception, .unknownWord([1]), .noReference,
      .tooFar(step: 1, from: 2), .tooSoon(seconds: 3), .worn(perDay: 4),
    ] {
      guard case .failure(.refused) = try set("do_15", .refused(refusal)).answer else {
        Issue.record("\(refusal)")
        continue
      }
    }
  }

  @Test func aReportNamesTheRolesThatPointsFeedAndWhatMayBeWritten() throws {
    let loaded = try Bench.load("row.demo.yaml")
    let profile = try #require(loaded.profiles["danfoss/vlt-fc"])
    let readings = profile.points.map {
      InquiryAnswer.Reading(
        point: $0.name, value: 50, text: nil, pattern: 0x2000, outcome: .good, time: MonotonicClock.now())
    }
    let answer = try outcome(Buses(InquiryAnswer(readings: readings)), loaded) { $0.probe("P1-drive", nil, $1) }
    guard case .success(.probed(let report)) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(report.device.tag == "P-101" && report.device.serves == "pump.1" && report.device.unit == 1)
    let speed = try #require(report.points.first { $0.name == "speed" })
    #expect(speed.role == "pump.1.speed" && speed.raw == "0x2000" && speed.unit == "%" && speed.outcome == .good)
    #expect(report.points.first { $0.name == "running_hours" }?.role == nil)
    #expect(report.commands.map(\.name) == ["control_word", "speed_demand"])
    #expect(report.commands.allSatisfy { $0.refusal != nil })
  }

  @Test func aBusWithTooManyQuestionsSaysSo() throws {
    let answer = try outcome(Buses(nil), Bench.load("row.demo.yaml")) { $0.probe("P1-drive", nil, $1) }
    #expect(answer == .failure(.refused(reason: "too many questions wait for bus pumps")))
  }

  /// It takes the way of every command to the journal and the history, and is answered then.
  @Test func whatWasWrittenIsAnsweredWithTheNextCycle() throws {
    let bench = try Bench()
    bench.run()
    let written = InquiryAnswer.Written.confirmed(pattern: 1, told: 1, accepted: 1, agrees: true)
    let desk = CommandDesk(history: .absent, devices: Buses(InquiryAnswer(written: written)).desk(bench.loaded))
    let answers = Mutex(0)
    let command = RowCommand.setPoint(device: "DO-A", point: "do_15", value: 1, reason: "lamp")
    desk.submit(command, from: Peer(uid: 7, gid: 7, pid: 1)) { _ in answers.withLock { $0 += 1 } }
    #expect(answers.withLock { $0 } == 0)
    let answered = try #require(desk.take()).map { bench.translator.answer($0, from: bench.loop) }
    guard case .success(.written)? = answered.first?.result else {
      Issue.record("\(answered)")
      return
    }
    let log = HistoryLog(
      site: bench.loaded.site, roles: bench.roles, core: bench.loop.core, ledger: OverrideLedger(), nowMs: 0)
    let entry = try #require(log.entry(answered[0], by: "ada"))
    #expect(entry.subject == "DO-A.do_15" && entry.who == "ada" && entry.reason == "set DO-A.do_15 1: lamp")
  }
}

extension DeviceDesk {
  /// Of the demo row, on buses that take nothing up.
  static func unheard() throws -> DeviceDesk {
    DeviceDesk(try Bench.load("row.demo.yaml")) { _, _, _ in false }
  }
}
