import Testing

@testable import RowTwin

@Suite struct FaultTests {
  static let every: [String] = [
    "pump.1.trip", "pump.2.broken", "pump.1.local", "pump.1.worn=0.8", "rack.3.valve.stuck", "rack.3.blocked=0.4",
    "rack.3.leak=2.0", "row.leak=5.0", "fan.2.fail", "coil.2.fouled=0.5", "filter.clogged=3.0", "hall.temperature=35.0",
    "hall.humidity=80.0", "facility.temperature=30.0", "facility.lost", "facility.valve.stuck", "cdu.pump-lost",
    "leak.1.leak",
    "leak.1.broken", "supply.temperature.1.stuck", "manifold.dp.2.drift=-0.5", "row.flow.noise=5.0",
    "rack.3.flow.spike=20.0", "hall.temperature.high", "reservoir.level.low", "supply.pressure.open",
    "hall.dew_point.offset=2.0", "device R01-flow dead", "device R01-flow slow", "device R01-flow exception",
    "device R01-flow garbage", "device R01-flow bad-crc", "device R01-flow short", "device R01-flow wrong-unit",
    "device R01-flow illegal", "device R01-flow lying", "device R01-flow reset", "device R01-flow lost-writes=0.3",
    "device R01-flow swapped-words", "bus pumps dead", "bus pumps flaky=0.2", "pump.1.slow", "air=0.3",
    "rack.3.valve.closed", "rack.3.valve.slow", "fan.2.valve.stuck", "fan.2.valve.closed", "fan.2.valve.slow",
    "fan.2.leak=1.0", "emergency-stop", "permissive.lost", "row.flow.swapped-units", "rack.3.flow.nan",
    "row.emergency_stop.open", "leak.1.alarm.stuck",
  ]

  @Test(arguments: every) func everyFormReadsBackAsItWasWritten(_ text: String) throws {
    #expect(try Fault(text).description == text)
  }

  @Test func everyListedFormIsCovered() {
    #expect(Fault.forms.count == 29 + 10 + 6)
  }

  @Test(arguments: [
    ("", "no such form"), ("pump.1", "no such form"), ("pump.one.trip", "no such form"),
    ("pump.1.trip=3", "takes no value"),
    ("pump.0.trip", "count from 1"), ("pump.1.worn", "needs a value"), ("pump.1.worn=much", "must be a number"),
    ("pump.1.worn=1.01", "must be a number=0…1"), ("pump.1.worn=nan", "must be a number"),
    ("filter.clogged=0.9", "must be a number=1…100"), ("pump.1.speed.stuck", "no such form"),
    ("device R01-flow lazy", "a device can be dead, slow"), ("bus pumps slow", "a bus can be dead, flaky"),
  ])
  func aWrongFaultIsRefusedWithItsReasonAndTheKnownForms(_ text: String, _ reason: String) {
    #expect {
      try Fault(text)
    } throws: { error in
      "\(error)".contains(reason) && "\(error)".contains("rack.#.leak=0…100") && !"\(error)".contains("\n")
    }
  }

  @Test func twoSizesOfOneFaultHaveOneKey() throws {
    #expect(try Fault("rack.3.leak=1").key == Fault("rack.3.leak=2").key)
    #expect(try Fault("rack.3.leak=1").key != Fault("rack.4.leak=1").key)
  }
}
