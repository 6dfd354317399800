/// The site file, declared: every key with its type, range, unit and meaning. Defaults are the model's own.
/// The plant's sections are in `PlantSections`, buses and devices in `DeviceSections`.

extension Section {
  static var site: Section<Site> {
    let blank = Site(
      name: "", topology: .liquidToAir, supply: Section<Site.Supply>.supply.blank,
      pumps: Section<Site.Pumps>.pumps.blank, racks: Section<Site.Racks>.racks.blank, buses: [], devices: [])
    return Section<Site>(
      "One row of liquid-cooled racks.", blank: blank,
      [
        .version("irhx", 1, "Version of this file format."),
        .required("row", \.self, .section(row(blank)), "What the row is called and how it gives its heat away."),
        .optional("cycle", \.cycle, .section(.cycle), "Pace of the control cycle."),
        .optional("access", \.access, .section(.access), "Who may command the row."),
        .optional("recorder", \.recorder, .section(.recorder), "The flight recorder."),
        .required("supply", \.supply, .section(.supply), "Supply temperature: the row's main promise."),
        .optional(
          "pumps", \.pumps, .section(.pumps),
          "The pump group and how it is controlled; in every row but a supervised-cdu one."),
        .required("racks", \.racks, .section(.racks), "The racks and how their valves are controlled."),
        .optional("fans", \.fans, .section(.fans), "The fan coils; exactly in a liquid-to-air row."),
        .optional(
          "facility_valve", \.facilityValve, .section(.facilityValve),
          "Plate heat exchanger and its control valve; exactly in a facility-water row."),
        .optional(
          "cooling_unit", \.coolingUnit, .section(.coolingUnit),
          "The unit that is told a flow and a supply temperature; exactly in a supervised-cdu row."),
        .optional("control", \.control, .section(.control), "Who gives the loops their setpoints."),
        .optional(
          "economics", \.economics, .section(.economics), "What the optimiser weighs beside pump and fan power."),
        .optional("model", \.model, .section(.model), "Numbers of the row model that were measured; others by design."),
        .optional("limits", \.limits, .section(.limits), "Where alarms ask for a person and interlocks act."),
        .optional(
          "leak_zones", \.leakZones, .list("leak zones", 0...RoleCatalogue.leakZonesMax, of: .leakZone),
          "What the leak detectors watch; a detector that is not listed watches the row."),
        .optional(
          "wrong_set_up", \.wrongSetUp, .choice,
          "Of a device that, when the daemon falls silent, would not do what its profile says: drive it and say so, or "
            + "refuse to take it into command until it is put right."),
        .required("buses", \.buses, .list("buses", 1...32, of: .bus), "Modbus endpoints, each with its own worker."),
        .required("devices", \.devices, .list("devices", 1...200, of: .device), "The field devices."),
      ])
  }

  private static func row(_ blank: Site) -> Section<Site> {
    Section<Site>(
      "What the row is called and how it gives its heat away.", blank: blank,
      [
        .required("name", \.name, .text(.name), "Name of the row; also names its socket."),
        .required(
          "topology", \.topology, .choice,
          "Fan coils to the hall's air, a plate exchanger to facility water, or a cooling unit that controls itself."),
      ])
  }

  static var cycle: Section<Site.Cycle> {
    Section<Site.Cycle>(
      "Pace of the control cycle and the deadlines inside it.", blank: .init(),
      [
        .optional("period_ms", \.periodMs, .integer(100...5000, "ms"), "One cycle every so often."),
        .optional(
          "scan_deadline_ms", \.scanDeadlineMs, .integer(10...4000, "ms"),
          "When the loop stops waiting for the buses and takes what is there, with its age."),
        .optional(
          "write_deadline_ms", \.writeDeadlineMs, .integer(10...4000, "ms"),
          "How long the loop waits for its writes to be answered."),
      ])
  }

  static var access: Section<Site.Access> {
    let account = Form<String>.text(.account)
    return Section<Site.Access>(
      "Who may command the row over its socket; reading needs only access to the socket.", blank: .init(),
      [
        .optional(
          "socket_path", \.socketPath, .text(.path),
          "Socket to open when systemd passes none; absent: /run/irhx/NAME.sock after the row."),
        .optional(
          "operator_users", \.operatorUsers, .list("users", 0...32, of: account),
          "Users, by name or number, whose commands are accepted besides root's."),
        .optional(
          "operator_groups", \.operatorGroups, .list("groups", 0...32, of: account),
          "Groups, by name or number, whose commands are accepted."),
      ])
  }

  static var recorder: Section<Site.Recorder> {
    Section<Site.Recorder>(
      "The flight recorder keeps every cycle in the daemon's state directory.", blank: .init(),
      [
        .optional(
          "max_mb", \.maxMb, .integer(0...100_000, "MB"),
          "Bound of what is kept; the oldest goes first. 0: nothing is recorded.")
      ])
  }

  static var supply: Section<Site.Supply> {
    Section<Site.Supply>(
      "Supply temperature.", blank: .init(setpointC: 0, setpointMinC: 0, setpointMaxC: 0),
      [
        .required("setpoint_c", \.setpointC, .number(10...60, "°C"), "Coolant to the racks is held here."),
        .required(
          "setpoint_min_c", \.setpointMinC, .number(10...60, "°C"), "Lowest setpoint anybody may ask for."),
        .required(
          "setpoint_max_c", \.setpointMaxC, .number(10...60, "°C"), "Highest setpoint anybody may ask for."),
        .optional(
          "dew_point_margin_k", \.dewPointMarginK, .number(0...10, "K"),
          "The effective setpoint never falls below the hall's dew point plus this."),
      ])
  }

  static var limits: Section<Site.Limits> {
    Section<Site.Limits>(
      "Where an alarm asks for a person and where an interlock acts.", blank: .init(),
      [
        .optional("supply_high_c", \.supplyHighC, .number(15...70, "°C"), "Supply temperature: alarm."),
        .optional("supply_high_high_c", \.supplyHighHighC, .number(15...75, "°C"), "Supply temperature: interlock."),
        .optional("return_high_high_c", \.returnHighHighC, .number(20...90, "°C"), "Return temperature: interlock."),
        .optional(
          "row_flow_low_percent", \.rowFlowLowPercent, .number(10...100, "%"),
          "Row flow below this share of the sum of the rack floors is a loss of flow."),
        .optional(
          "supply_pressure_high_kpa", \.supplyPressureHighKpa, .number(50...1600, "kPa"),
          "Gauge pressure of the supply header: alarm."),
        .optional("level_low_percent", \.levelLowPercent, .number(5...95, "%"), "Reservoir level: alarm."),
        .optional("level_low_low_percent", \.levelLowLowPercent, .number(1...90, "%"), "Reservoir level: interlock."),
        .optional("filter_dp_high_kpa", \.filterDpHighKpa, .number(5...300, "kPa"), "Filter pressure drop: alarm."),
      ])
  }

  static var leakZone: Section<Site.LeakZone> {
    Section<Site.LeakZone>(
      "What one leak detector watches.", blank: .init(number: 1),
      [
        .required(
          "zone", \.number, .integer(1...RoleCatalogue.leakZonesMax), "The detector: N of its role leak.N.alarm."),
        .optional("watches", \.watches, .place, "Where a leak then is: row, rack.N or fan.N (that fan's coil)."),
        .optional(
          "critical", \.isCritical, .flag,
          "Beside electronics or at a joint: its word alone isolates the rack or coil it watches."),
      ])
  }
}

extension Form where Value == Site.LeakZone.Place {
  static var place: Form {
    Form(
      shape: .text(.dotted),
      take: { node, path, _, reading in
        guard let text = node.scalar?.string, Wording.dotted.accepts(text) else {
          return reading.refuseType(node, at: path, expected: .text(.dotted))
        }
        let words = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let number = words.count == 2 ? Reading.integer(words[1], as: Int.self) : nil
        switch (words[0], number) {
        case ("row", nil) where words.count == 1: return reading.note(.row, node, at: path)
        case ("rack", let number?): return reading.note(.rack(number), node, at: path)
        case ("fan", let number?): return reading.note(.coil(number), node, at: path)
        default:
          let near = nearest(to: SiteCheck.pattern(text), among: ["row", "rack.#", "fan.#"])
          return reading.refuse(
            node, at: path, .unknownReference(kind: "place for a leak detector", name: text, nearest: near))
        }
      },
      show: { place in
        switch place {
        case .row: "row"
        case .rack(let number): "rack.\(number)"
        case .coil(let number): "fan.\(number)"
        }
      })
  }
}

extension Wording {
  static let account = Wording(noun: "a user or group", marks: "_-.", lengthMax: 32)
}
