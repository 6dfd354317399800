/// The part of the device profile that is about being in control: what the device must be, the steps that take it, and
/// what it does when it hears nothing.

extension Section {
  static var communicationLoss: Section<DeviceProfile.CommunicationLoss> {
    Section<DeviceProfile.CommunicationLoss>(
      "What the device does when it hears nothing.", blank: .init(timeoutS: 0, feed: .anyRequest, action: ""),
      [
        .required("timeout_s", \.timeoutS, .number(0.1...3600, "s"), "Silence after which it acts."),
        .required("feed", \.feed, .choice, "What keeps the timer from firing."),
        .required("action", \.action, .text(.sentence), "What it does then, and how it has to be set up."),
        .optional(
          "state", \.state, .choice,
          "The same for `irhxd commission` to look for: the row's safe output, its last one, or standstill."),
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

  static var identity: Section<DeviceProfile.Identity> {
    Section<DeviceProfile.Identity>(
      "What the device must say; exactly one of `point` and `object`.", blank: .init(),
      exactlyOne: ["point", "object"],
      [
        .optional("point", \.point, .text(.name), "The point that says it."),
        .optional(
          "object", \.object, .choice,
          "What the device says of itself by function 43/14; one that offers none is believed."),
        .optional(
          "raw_in", \.rawIn, .list("raw patterns", 1...16, of: .pattern),
          "The point must have one of these raw values."),
        .optional("text", \.text, .text(.sentence), "The object or a string must read so, without what pads it."),
      ])
  }

  static var sequences: Section<DeviceProfile.Sequences> {
    let steps = Form<[DeviceProfile.Step]>.list("steps", 1...20, of: .sequenceStep)
    return Section<DeviceProfile.Sequences>(
      "Steps in order. A cycle goes as far as it can and never waits.", blank: .init(),
      [
        .optional(
          "take_control", \.takeControl, steps,
          "Before the first command, and again when the device was lost; must not stop a running device."),
        .optional("release", \.release, steps, "Once the device is no longer driven."),
        .optional("reset", \.reset, steps, "While the device reports a fault and a reset is asked for."),
      ])
  }

  static var sequenceStep: Section<DeviceProfile.Step> {
    Section<DeviceProfile.Step>(
      "One step; exactly one of `write`, `wait` and `pause_s`.", blank: .pause(0),
      exactlyOne: ["write", "wait", "pause_s"],
      [
        .optional("write", \.write, .section(.sequenceWrite), "Writes a raw value."),
        .optional("wait", \.wait, .section(.sequenceWait), "Waits for a point."),
        .optional("pause_s", \.pauseS, .number(0.1...60, "s"), "Waits."),
      ])
  }

  static var sequenceWrite: Section<DeviceProfile.Step.Write> {
    Section<DeviceProfile.Step.Write>(
      "A raw value for one of the profile's commands.", blank: .init(command: ""),
      [
        .required("command", \.command, .text(.name), "The command."),
        .optional("raw", \.raw, .pattern, "Written as it is; absent: what the row demands of it now."),
      ])
  }

  static var sequenceWait: Section<DeviceProfile.Step.Wait> {
    Section<DeviceProfile.Step.Wait>(
      "Until a point, read after the step began, has one of these raw values.",
      blank: .init(point: "", rawIn: [], withinS: 0),
      [
        .required("point", \.point, .text(.name), "The point."),
        .required(
          "raw_in", \.rawIn, .list("raw patterns", 1...16, of: .pattern), "It must have one of these raw values."),
        .required("within_s", \.withinS, .number(0.1...120, "s"), "Time allowed."),
        .optional(
          "on_fail", \.onFail, .choice,
          "What is run when it is over; in any case the sequence starts over ten seconds later."),
      ])
  }

  static var heartbeat: Section<DeviceProfile.Heartbeat> {
    Section<DeviceProfile.Heartbeat>(
      "Raw values for a command, written in turn.", blank: .init(command: "", raws: [], everyS: 0),
      [
        .required("command", \.command, .text(.name), "The command."),
        .required("raws", \.raws, .list("raw patterns", 1...8, of: .pattern), "Written in turn."),
        .required("every_s", \.everyS, .number(0.1...600, "s"), "Time between two."),
      ])
  }
}

/// The forms of a step as the file spells them.
extension DeviceProfile.Step {
  fileprivate var write: Write? {
    get { if case .write(let write) = self { write } else { nil } }
    set { if let new = newValue { self = .write(new) } }
  }

  fileprivate var wait: Wait? {
    get { if case .wait(let wait) = self { wait } else { nil } }
    set { if let new = newValue { self = .wait(new) } }
  }

  fileprivate var pauseS: Double? {
    get { if case .pause(let seconds) = self { seconds } else { nil } }
    set { if let new = newValue { self = .pause(new) } }
  }
}
