/// The device profile file, declared.

extension Section {
  static var profile: Section<DeviceProfile> {
    Section<DeviceProfile>(
      "How one kind of field device speaks Modbus.",
      blank: .init(name: "", kind: "", status: .draft, sources: [], points: [], commands: []),
      [
        .version("irhx_profile", 1, "Version of this file format."),
        .required("name", \.name, .text(.profile), "vendor/device, as the file's own path."),
        .required("kind", \.kind, .text(.sentence), "What the device is, in a few words."),
        .required("status", \.status, .choice, "How far the map has been verified."),
        .required(
          "sources", \.sources, .list("documents", 1...16, of: .text(.sentence)), "Documents the map was taken from."),
        .optional("max_read", \.maxRead, .integer(1...125, "registers"), "Most registers in one read."),
        .required(
          "points", \.points, .table("point names", 1...200, named: \.name, of: .point), "Values that can be read."),
        .optional(
          "commands", \.commands, .table("command names", 0...50, named: \.name, of: .command),
          "Values that can be written."),
        .optional(
          "communication_loss", \.communicationLoss, .section(.communicationLoss),
          "What the device does when it hears nothing."),
      ])
  }

  static var point: Section<DeviceProfile.Point> {
    Section<DeviceProfile.Point>(
      "A value that can be read: raw · scale + offset, then · reference / reference_divisor.",
      blank: .init(name: "", area: .holding, address: 0, format: .uint16),
      [
        .required("area", \.area, .choice, "Which of the four Modbus tables."),
        .required("address", \.address, .integer(0...65535), "Wire address, from 0."),
        .optional("doc", \.doc, .text(.sentence), "The number and name the vendor prints."),
        .required("format", \.format, .choice, "How the registers are coded."),
        .optional(
          "word_order", \.wordOrder, .choice, "Which word of a longer value comes first: the big end or the little."),
        .optional("scale", \.scale, .number(-1e9...1e9), "Unit per raw count; not 0."),
        .optional("offset", \.offset, .number(-1e9...1e9), "Added after scaling."),
        .optional("reference", \.reference, .text(.name), "Another point that multiplies the value."),
        .optional("reference_divisor", \.referenceDivisor, .number(-1e9...1e9), "Divides the reference; not 0."),
        .optional("bit", \.bit, .integer(0...15), "The bit of a bits16 register that is the value."),
        .optional("unit", \.unit, .choice, "Unit of the value."),
        .optional(
          "invalid_raw", \.invalidRaw, .list("raw patterns", 0...8, of: .pattern), "Raw patterns that mean no value."),
        .optional(
          "valid_when", \.validWhen, .section(.condition), "The value counts only while another point says so."),
        .optional("signal", \.signal, .text(.name), "Last word of the role it feeds when its device serves something."),
        .optional(
          "interval_s", \.intervalS, .number(0.1...86_400, "s"), "Read so often; absent: every cycle."),
      ])
  }

  static var condition: Section<DeviceProfile.Condition> {
    Section<DeviceProfile.Condition>(
      "A condition on another point's raw value.", blank: .init(point: "", rawIn: []),
      [
        .required("point", \.point, .text(.name), "The other point."),
        .required(
          "raw_in", \.rawIn, .list("raw patterns", 1...16, of: .pattern), "It must have one of these raw values."),
      ])
  }

  static var command: Section<DeviceProfile.Command> {
    Section<DeviceProfile.Command>(
      "A value that can be written; exactly one of `analog` and `word`.",
      blank: .init(
        name: "", area: .holding, address: 0, format: .uint16, form: .analog(Section<AnalogCommand>.analog.blank)),
      exactlyOne: ["analog", "word"],
      [
        .required("area", \.area, .choice, "coil or holding."),
        .required("address", \.address, .integer(0...65535), "Wire address, from 0."),
        .optional("doc", \.doc, .text(.sentence), "The number and name the vendor prints."),
        .required("format", \.format, .choice, "How the registers are coded."),
        .optional("word_order", \.wordOrder, .choice, "Which word of a longer value comes first."),
        .optional("unit", \.unit, .choice, "Unit of the value."),
        .optional("signal", \.signal, .text(.name), "Last word of the output role: run, speed_demand, demand."),
        .optional("analog", \.analog, .section(.analog), "A quantity: raw = (value − offset) / scale."),
        .optional("word", \.word, .section(.word), "A control word."),
      ])
  }

  static var analog: Section<AnalogCommand> {
    Section<AnalogCommand>(
      "A quantity: raw = (value − offset) / scale, divided by reference / reference_divisor.",
      blank: .init(rawMin: 0, rawMax: 0),
      [
        .optional("scale", \.scale, .number(-1e9...1e9), "Unit per raw count; not 0."),
        .optional("offset", \.offset, .number(-1e9...1e9), "Value at raw 0."),
        .optional("reference", \.reference, .text(.name), "A point that divides the value."),
        .optional("reference_divisor", \.referenceDivisor, .number(-1e9...1e9), "Divides the reference; not 0."),
        .required("raw_min", \.rawMin, .number(-2_147_483_648...4_294_967_295), "Lowest raw value ever sent."),
        .required("raw_max", \.rawMax, .number(-2_147_483_648...4_294_967_295), "Highest raw value ever sent."),
        .optional("read_back", \.readBack, .text(.name), "The point that reads the accepted value."),
        .optional(
          "read_back_tolerance", \.readBackTolerance, .number(0...1e6), "How far it may differ, in the same unit."),
      ])
  }

  static var word: Section<DeviceProfile.Command.Word> {
    Section<DeviceProfile.Command.Word>(
      "A control word.", blank: .init(stop: 0, reset: nil, run: []),
      [
        .required("stop", \.stop, .integer(0...65535), "Stops the device, ready to start."),
        .optional("reset", \.reset, .integer(0...65535), "Resets a trip; followed by the stop word."),
        .required(
          "run", \.run, .list("steps", 1...8, of: .step), "The first step whose `until` is not yet true is sent."),
      ])
  }

  static var step: Section<DeviceProfile.Command.Word.Step> {
    Section<DeviceProfile.Command.Word.Step>(
      "One step to running.", blank: .init(value: 0, until: nil),
      [
        .required("value", \.value, .integer(0...65535), "The word."),
        .optional("until", \.until, .text(.name), "Sent until this 0/1 point is true; the last step has none."),
      ])
  }

  static var communicationLoss: Section<DeviceProfile.CommunicationLoss> {
    Section<DeviceProfile.CommunicationLoss>(
      "What the device does when it hears nothing.", blank: .init(timeoutS: 0, feed: .anyRequest, action: ""),
      [
        .required("timeout_s", \.timeoutS, .number(0.1...3600, "s"), "Silence after which it acts."),
        .required("feed", \.feed, .choice, "What keeps the timer from firing."),
        .required("action", \.action, .text(.sentence), "What it does then, and how it has to be set up."),
        .optional(
          "set_up", \.setUp, .list("settings", 0...8, of: .setting), "Points that say whether it is set up so."),
      ])
  }

  static var setting: Section<DeviceProfile.CommunicationLoss.Setting> {
    Section<DeviceProfile.CommunicationLoss.Setting>(
      "A setting of the device.", blank: .init(point: "", min: 0, max: 0),
      [
        .required("point", \.point, .text(.name), "The point that reads it."),
        .required("min", \.min, .number(-1e9...1e9), "Lowest value allowed, in the point's unit."),
        .required("max", \.max, .number(-1e9...1e9), "Highest value allowed."),
      ])
  }
}

typealias AnalogCommand = DeviceProfile.Command.Analog

/// The two forms of a command as the file spells them.
extension DeviceProfile.Command {
  fileprivate var analog: Analog? {
    get { if case .analog(let analog) = form { analog } else { nil } }
    set { if let new = newValue { form = .analog(new) } }
  }

  fileprivate var word: Word? {
    get { if case .word(let word) = form { word } else { nil } }
    set { if let new = newValue { form = .word(new) } }
  }
}
