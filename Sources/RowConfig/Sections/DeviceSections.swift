/// Buses and field devices of the site file, declared.

extension Section {
  static var bus: Section<Site.Bus> {
    Section<Site.Bus>(
      "One Modbus endpoint; exactly one of `tcp` and `serial`.",
      blank: .init(name: "", link: .tcp(host: "", port: 502)), exactlyOne: ["tcp", "serial"],
      [
        .required("name", \.name, .text(.name), "What devices call it."),
        .optional("tcp", \.tcp, .section(.tcp), "A TCP server or gateway."),
        .optional("serial", \.serial, .section(.serial), "A serial line (RTU)."),
        .optional("timeout_ms", \.timeoutMs, .integer(10...2000, "ms"), "How long a reply may take."),
        .optional(
          "turnaround_ms", \.turnaroundMs, .number(0...500, "ms"),
          "How long devices take to begin a reply, for the plan; unsaid, 5 where there is a serial line, else 1."),
      ])
  }

  static var tcp: Section<Site.Bus.TCP> {
    Section<Site.Bus.TCP>(
      "A TCP server or gateway.", blank: .init(),
      [
        .required("host", \.host, .text(.host), "Host name or address."),
        .optional("port", \.port, .integer(1...65535), "TCP port."),
        .optional(
          "framing", \.framing, .choice,
          "What goes over the connection: rtu for a serial server that passes serial frames on as they are."),
        .optional(
          "in_flight", \.requestsInFlight, .integer(1...16),
          "Most requests under way at once; more than 1 only for devices, or a gateway, known to queue them."),
        .optional(
          "gateway_baud", \.gatewayBaud, .integer(1200...115_200, "Bd"),
          "Speed of the serial line behind a gateway, for the plan."),
      ])
  }

  static var serial: Section<Site.Bus.Serial> {
    Section<Site.Bus.Serial>(
      "A serial line (RTU).", blank: .init(),
      [
        .required("path", \.path, .text(.path), "The line's device file, such as /dev/ttyS1."),
        .optional("baud", \.baud, .integer(1200...115_200, "Bd"), "Speed."),
        .optional("parity", \.parity, .choice, "Parity."),
        .optional("stop_bits", \.stopBits, .integer(1...2), "Stop bits."),
      ])
  }

  static var device: Section<Site.Device> {
    Section<Site.Device>(
      "One field device; `serves` for a device that is one thing, `channels` for a module.",
      blank: .init(name: "", profile: "", bus: "", unit: 1),
      [
        .required("name", \.name, .text(.name), "What people call it."),
        .required("profile", \.profile, .text(.profile), "The device profile that speaks its language."),
        .required("bus", \.bus, .text(.name), "Name of a bus of this file."),
        .required("unit", \.unit, .integer(1...247), "Modbus unit identifier."),
        .optional("tag", \.tag, .text(.tag), "P&ID tag (ISA-5.1) of the device as a whole."),
        .optional(
          "serves", \.serves, .text(.dotted),
          "What it serves: pump.1, rack.3, rack.3.valve, fan.2, row, hall, leak.1, facility, facility.valve."),
        .optional(
          "channels", \.channels, .table("profile points or commands", 1...64, named: \.point, of: .channel),
          "What each channel is wired to: an input by profile point, an output by profile command."),
      ])
  }

  static var channel: Section<Site.Device.Channel> {
    Section<Site.Device.Channel>(
      "One wired channel.", blank: .init(point: "", role: ""),
      [
        .required("role", \.role, .text(.dotted), "What it is: supply.temperature.1, manifold.dp.1, rack.1.permit …"),
        .optional("tag", \.tag, .text(.tag), "P&ID tag of the instrument."),
        .optional(
          "at_4ma", \.at4mA, .number(-10_000...10_000), "For a current input: the value at 4 mA, in the role's unit."),
        .optional(
          "at_20ma", \.at20mA, .number(-10_000...10_000), "For a current input: the value at 20 mA, in the role's unit."
        ),
        .optional(
          "inverted", \.isInverted, .flag,
          "For a 0/1 input on a normally-closed contact: an open circuit, and so a broken wire, reads as 1."),
      ])
  }
}

/// The two forms of a link as the file spells them; the model keeps the one that is there.
extension Site.Bus {
  struct TCP {
    var host = ""
    /// The port registered for Modbus.
    var port = 502
    var framing = Framing.modbusTCP
    var requestsInFlight = 1
    var gatewayBaud: Int?
  }

  struct Serial {
    var path = ""
    var baud = 19_200
    var parity = Parity.even
    var stopBits = 1
  }

  fileprivate var tcp: TCP? {
    get {
      guard case .tcp(let host, let port) = link else { return nil }
      return TCP(
        host: host, port: port, framing: framing, requestsInFlight: requestsInFlight, gatewayBaud: gatewayBaud)
    }
    set {
      guard let new = newValue else { return }
      link = .tcp(host: new.host, port: new.port)
      framing = new.framing
      requestsInFlight = new.requestsInFlight
      gatewayBaud = new.gatewayBaud
    }
  }

  fileprivate var serial: Serial? {
    get {
      guard case .serial(let path, let baud, let parity, let stopBits) = link else { return nil }
      return Serial(path: path, baud: baud, parity: parity, stopBits: stopBits)
    }
    set {
      guard let new = newValue else { return }
      link = .serial(path: new.path, baud: new.baud, parity: new.parity, stopBits: new.stopBits)
    }
  }
}
