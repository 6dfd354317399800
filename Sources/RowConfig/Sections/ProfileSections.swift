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
          "confidence", \.confidence, .choice, "How far its sources can be trusted: vendor, public code, hearsay."),
        .required(
          "sources", \.sources, .list("documents", 1...16, of: .text(.sentence)), "Documents the map was taken from."),
        .optional("max_read", \.maxRead, .integer(1...125, "registers"), "Most registers in one read."),
        .optional(
          "max_gap", \.maxGap, .integer(0...60, "registers"),
          "Most registers between two points that are read for nothing; absent: as many as pay."),
        .optional(
          "identity", \.identity, .list("conditions", 0...4, of: .identity),
          "What the device must say of itself before it is commanded."),
        .required(
          "points", \.points, .table("point names", 1...1000, named: \.name, of: .point), "Values that can be read."),
        .optional(
          "commands", \.commands, .table("command names", 0...50, named: \.name, of: .command),
          "Values that can be written."),
        .optional(
          "communication_loss", \.communicationLoss, .section(.communicationLoss),
          "What the device does when it hears nothing."),
        .optional(
          "sequences", \.sequences, .section(.sequences), "Steps that need waiting for; most devices need none."),
        .optional("heartbeat", \.heartbeat, .section(.heartbeat), "What the device wants to hear while it is driven."),
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
        .optional("byte_order", \.byteOrder, .choice, "Which byte of each word comes first."),
        .optional("length", \.length, .integer(1...60, "registers"), "Of a string: two characters each."),
        .optional("scale", \.scale, .number(-1e9...1e9), "Unit per raw count; not 0."),
        .optional("offset", \.offset, .number(-1e9...1e9), "Added after scaling."),
        .optional("reference", \.reference, .text(.name), "Another point that multiplies the value."),
        .optional("reference_divisor", \.referenceDivisor, .number(-1e9...1e9), "Divides the reference; not 0."),
        .optional("bit", \.bit, .integer(0...31), "The lowest bit of bits16 or bits32 that is the value."),
        .optional("bit_count", \.bitCount, .integer(1...32), "How many bits from there on."),
        .optional("unit", \.unit, .choice, "Unit of the value."),
        .optional(
          "invalid_raw", \.invalidRaw, .list("raw patterns", 0...8, of: .pattern), "Raw patterns that mean no value."),
        .optional(
          "valid_when", \.validWhen, .section(.condition), "The value counts only while another point says so."),
        .optional("valid_raw", \.validRaw, .section(.rawRange), "The raw number counts only inside this range."),
        .optional("unit_from", \.unitFrom, .section(.unitFrom), "Another point says in which unit this one is."),
        .optional("signal", \.signal, .text(.name), "Last word of the role it feeds when its device serves something."),
        .optional(
          "interval_s", \.intervalS, .number(0.1...86_400, "s"),
          "Read so often, together with its neighbours of the same interval; absent: every cycle."),
        .optional("source", \.source, .integer(1...16), "Which of `sources` it is from; absent: any."),
        .optional("confidence", \.confidence, .choice, "Where it differs from the profile's."),
      ])
  }

  static var rawRange: Section<DeviceProfile.RawRange> {
    Section<DeviceProfile.RawRange>(
      "A range of raw numbers.", blank: .init(min: 0, max: 0),
      [
        .required("min", \.min, .number(-1e18...1e18), "The lowest that counts."),
        .required("max", \.max, .number(-1e18...1e18), "The highest that counts."),
      ])
  }

  static var unitFrom: Section<DeviceProfile.UnitFrom> {
    Section<DeviceProfile.UnitFrom>(
      "The unit the device is set to; a raw value that is not listed means no value.",
      blank: .init(point: "", choices: []),
      [
        .required("point", \.point, .text(.name), "The point that says it."),
        .required("choices", \.choices, .list("units", 1...32, of: .unitChoice), "What its raw values mean."),
      ])
  }

  static var unitChoice: Section<DeviceProfile.UnitFrom.Choice> {
    Section<DeviceProfile.UnitFrom.Choice>(
      "The value, after everything else, · scale + offset is in `unit`.", blank: .init(raw: 0),
      [
        .required("raw", \.raw, .pattern, "The other point's raw value."),
        .optional("scale", \.scale, .number(-1e9...1e9), "As of a point; not 0."),
        .optional("offset", \.offset, .number(-1e9...1e9), "As of a point."),
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
        .optional("byte_order", \.byteOrder, .choice, "Which byte of each word comes first."),
        .optional("unit", \.unit, .choice, "Unit of the value."),
        .optional("signal", \.signal, .text(.name), "Last word of the output role: run, speed_demand, demand."),
        .optional("source", \.source, .integer(1...16), "Which of `sources` it is from; absent: any."),
        .optional("confidence", \.confidence, .choice, "Where it differs from the profile's."),
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
        .optional(
          "settle_s", \.settleS, .number(0...600, "s"), "How long after a change the read-back may still differ."),
        .optional("min_interval_s", \.minIntervalS, .number(0...600, "s"), "Least time between two changes."),
        .optional(
          "deadband", \.deadband, .number(0...1e6), "A change smaller than this, in the same unit, is not written."),
        .optional(
          "max_step", \.maxStep, .number(0.001...1e6), "Most that one write changes; a larger change takes several."),
        .optional(
          "writes_per_day", \.writesPerDay, .integer(1...86_400),
          "Most writes, where each wears a memory; then written only on change."),
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
