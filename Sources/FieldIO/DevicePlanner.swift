import RowConfig

/// Plans one device: which of its points are needed (because a role is fed by them, or because a command or another
/// point depends on them), in which requests they are read, and how its commands are written.
struct DevicePlanner {
  /// Where a device declares no communication loss, an unchanged output is still renewed this often.
  static let refreshMaxS = 30.0
  /// A device is asked for its set-up when it is first reached, when it was lost and returned, and so often: one that
  /// is reset to its defaults may be back before it is missed.
  static let setUpIntervalS = 600.0
  /// An output that wears is written on change only.
  private static let neverNs = Int64.max / 4
  private static let unitMax = 247
  private static let addressMax = 65_535

  struct ReadGroup: Equatable {
    var setUp: Int
    var area: Int
    var intervalNs: Int64
  }

  struct Entry {
    var point: DeviceProfile.Point
    var slot: Int?
    var loop: CurrentLoop?
    var isInverted = false
    /// Read once a while to see what the device is and how it is set up, for nobody's role.
    var isSetUp = false
    var identity: DeviceProfile.Identity?

    /// Read as the profile says, so that other points and commands may refer to it.
    var isPlain: Bool { loop == nil && !isInverted && !isSetUp }

    var intervalNs: Int64 { nanoseconds(isSetUp ? setUpIntervalS : point.intervalS ?? 0) }
    private var area: Int { DeviceProfile.Area.allCases.firstIndex(of: point.area) ?? 0 }

    /// What may be read together: one area at one pace.
    var readGroup: ReadGroup { ReadGroup(setUp: isSetUp ? 1 : 0, area: area, intervalNs: intervalNs) }
    var readingOrder: (Int, Int, Int64, Int, String) {
      (readGroup.setUp, readGroup.area, readGroup.intervalNs, point.address, point.name)
    }
  }

  let device: Site.Device
  let profile: DeviceProfile
  /// Roles fed or driven.
  private(set) var roles: [String] = []
  private(set) var entries: [Entry] = []
  /// Whether the device has to say who it is.
  private(set) var isIdentityAsked = false
  private var commands: [(command: DeviceProfile.Command, slot: Int)] = []

  init(device: Site.Device, profile: DeviceProfile) {
    self.device = device
    self.profile = profile
  }

  /// Finds what is needed of this device.
  mutating func collect(
    inputSlot: (String) -> Int?, outputSlot: (String) -> Int?
  ) throws(FieldPlanFault) {
    if let serves = device.serves {
      for point in profile.points {
        guard let signal = point.signal, let slot = inputSlot("\(serves).\(signal)") else { continue }
        roles.append("\(serves).\(signal)")
        entries.append(Entry(point: point, slot: slot))
      }
      for command in profile.commands {
        guard let signal = command.signal, let slot = outputSlot("\(serves).\(signal)") else { continue }
        roles.append("\(serves).\(signal)")
        commands.append((command, slot))
      }
    }
    for channel in device.channels {
      if let slot = outputSlot(channel.role) {
        guard let command = profile.commands.first(where: { $0.name == channel.point }) else {
          throw .unknownPoint(device: device.name, point: channel.point)
        }
        roles.append(channel.role)
        commands.append((command, slot))
        continue
      }
      guard let slot = inputSlot(channel.role) else {
        throw .unknownRole(device: device.name, role: channel.role)
      }
      var loop: CurrentLoop?
      if let at4mA = channel.at4mA, let at20mA = channel.at20mA {
        loop = CurrentLoop(at4mA: at4mA, at20mA: at20mA)
      }
      roles.append(channel.role)
      entries.append(
        Entry(point: try point(channel.point), slot: slot, loop: loop, isInverted: channel.isInverted))
    }
    for (command, _) in commands {
      for name in command.pointsNeeded { try need(name) }
    }
    let resets = commands.contains(where: { $0.command.isWord }) || !profile.sequences.reset.isEmpty
    if resets, let fault = faultPoint { try need(fault.name) }
    if !commands.isEmpty {
      for setting in profile.communicationLoss?.setUp ?? [] {
        entries.append(Entry(point: try point(setting.point), isSetUp: true))
      }
      for name in profile.pointsToControl { try need(name) }
    }
    if !entries.isEmpty {
      try needIdentity()
    }
    try needReferences()
  }

  /// For a person's question: these points, the slot of each its place in the list, and what they depend on; what the
  /// device has to say of itself, where that is asked; and what it takes to write `command`.
  mutating func collect(
    asked points: [DeviceProfile.Point], isIdentityAsked: Bool, command: DeviceProfile.Command?
  ) throws(FieldPlanFault) {
    for (slot, point) in points.enumerated() { entries.append(Entry(point: point, slot: slot)) }
    if let command {
      commands.append((command, 0))
      for name in command.pointsNeeded + profile.pointsToControl { try need(name) }
    }
    if isIdentityAsked || command != nil {
      try needIdentity()
    }
    try needReferences()
  }

  private mutating func needIdentity() throws(FieldPlanFault) {
    for identity in profile.identity {
      guard let name = identity.point else { continue }
      entries.append(Entry(point: try point(name), isSetUp: true, identity: identity))
    }
    isIdentityAsked = true
  }

  private mutating func needReferences() throws(FieldPlanFault) {
    var next = 0
    while next < entries.count {
      let point = entries[next].point
      if let reference = point.reference { try need(reference) }
      if let condition = point.validWhen { try need(condition.point) }
      if let unit = point.unitFrom { try need(unit.point) }
      next += 1
    }
  }

  /// Adds this device's part to its bus.
  mutating func append(to plan: inout BusPlan) throws(FieldPlanFault) {
    guard (1...Self.unitMax).contains(device.unit) else { throw .outOfRange(device: device.name, point: nil) }
    entries.sort { $0.readingOrder < $1.readingOrder }
    let first = plan.points.count
    var indices: [String: Int] = [:]
    for (offset, entry) in entries.enumerated() where entry.isPlain {
      indices[entry.point.name] = first + offset
    }
    for entry in entries { plan.points.append(try pointPlan(entry, indices, &plan)) }
    let points = first..<plan.points.count

    let dependents = plan.dependents.count
    plan.dependents += try dependencyOrder(of: points, in: plan)
    let requests = plan.requests.count
    plan.requests += self.requests(of: points, in: &plan)
    for index in requests..<plan.requests.count { plan.requests[index].origin = index }
    let setUp = plan.setUp.count
    plan.setUp += settings(from: first)
    let identity = plan.identity.count
    appendIdentity(from: first, &plan)
    let commandsStart = plan.commands.count
    var commandIndices: [String: Int] = [:]
    // The setpoint before the word that makes the device act on it.
    for (command, slot) in commands.filter({ !$0.command.isWord }) + commands.filter(\.command.isWord) {
      commandIndices[command.name] = plan.commands.count
      plan.commands.append(try commandPlan(command, slot, indices, &plan))
      plan.outputSlots.append(slot)
    }
    plan.inputSlots += entries.compactMap(\.slot)
    plan.devices.append(
      DevicePlan(
        name: device.name, unit: UInt8(device.unit), points: points, requests: requests..<plan.requests.count,
        dependents: dependents..<plan.dependents.count, commands: commandsStart..<plan.commands.count,
        setUp: setUp..<plan.setUp.count, identity: identity..<plan.identity.count))
    plan.control.append(commands.isEmpty ? ControlPlan() : try controlPlan(indices, commandIndices, &plan))
  }

  var faultPoint: DeviceProfile.Point? { profile.points.first { $0.signal == "fault" } }

  private func point(_ name: String) throws(FieldPlanFault) -> DeviceProfile.Point {
    guard let point = profile.points.first(where: { $0.name == name }) else {
      throw .unknownPoint(device: device.name, point: name)
    }
    return point
  }

  /// Makes sure that a point is read as the profile states it, whether or not it feeds a role.
  private mutating func need(_ name: String) throws(FieldPlanFault) {
    if entries.contains(where: { $0.point.name == name && $0.isPlain }) { return }
    entries.append(Entry(point: try point(name)))
  }

  private func pointPlan(
    _ entry: Entry, _ indices: [String: Int], _ plan: inout BusPlan
  ) throws(FieldPlanFault) -> PointPlan {
    let point = entry.point
    let end = point.address + point.registers
    guard point.address >= 0, end - 1 <= Self.addressMax, point.registers <= profile.maxRead else {
      throw .outOfRange(device: device.name, point: point.name)
    }
    return PointPlan(
      scaling: Codec.Scaling(
        scale: entry.isInverted ? -point.scale : point.scale,
        offset: entry.isInverted ? 1 - point.offset : point.offset, referenceDivisor: point.referenceDivisor),
      address: point.address, slot: entry.slot, rules: rules(entry, indices, &plan), area: point.area,
      format: point.format, wordOrder: point.wordOrder, byteOrder: point.byteOrder,
      bits: point.bit.map { Codec.BitField(bit: $0, count: point.bitCount) }, count: point.registers)
  }

  /// Index of the point's rules; nil when it is a plain number.
  private func rules(_ entry: Entry, _ indices: [String: Int], _ plan: inout BusPlan) -> Int? {
    let point = entry.point
    let text = (entry.identity?.text).map { plan.texts.append(all: [$0]).lowerBound }
    let rules = PointRules(
      loop: entry.loop, invalid: plan.patterns.append(all: point.invalidRaw),
      reference: point.reference.flatMap { indices[$0] }, condition: point.validWhen.flatMap { indices[$0.point] },
      conditionPatterns: plan.patterns.append(all: point.validWhen?.rawIn ?? []),
      unit: point.unitFrom.flatMap { indices[$0.point] }, units: plan.units.append(all: point.unitFrom?.choices ?? []),
      validRaw: point.validRaw.map { $0.min...$0.max }, text: text)
    let isPlain = rules.loop == nil && rules.invalid.isEmpty && rules.validRaw == nil && rules.text == nil
    guard !isPlain || rules.isDependent else { return nil }
    plan.rules.append(rules)
    return plan.rules.count - 1
  }

  /// What the profile wants to find in the points from `first` on, in the entries' order.
  private func settings(from first: Int) -> [SetUpPlan] {
    entries.enumerated().compactMap { offset, entry in
      guard entry.isSetUp, entry.identity == nil else { return nil }
      let setting = profile.communicationLoss?.setUp.first { $0.point == entry.point.name }
      return setting.map {
        SetUpPlan(device: device.name, name: $0.point, point: first + offset, expected: $0.min...$0.max)
      }
    }
  }

  private func commandPlan(
    _ command: DeviceProfile.Command, _ slot: Int, _ indices: [String: Int], _ plan: inout BusPlan
  ) throws(FieldPlanFault) -> CommandPlan {
    guard command.address >= 0, command.address + command.format.registers - 1 <= Self.addressMax else {
      throw .outOfRange(device: device.name, point: command.name)
    }
    let form: CommandPlan.Form
    var readBack: ReadBackPlan?
    switch command.form {
    case .analog(let analog):
      form = .analog(
        AnalogPlan(
          scaling: Codec.Scaling(
            scale: analog.scale, offset: analog.offset, referenceDivisor: analog.referenceDivisor),
          reference: analog.reference.flatMap { indices[$0] }, rawMin: analog.rawMin, rawMax: analog.rawMax,
          limits: WriteLimits(
            minIntervalNs: nanoseconds(analog.minIntervalS), deadband: analog.deadband, maxStep: analog.maxStep,
            writesPerDay: analog.writesPerDay)))
      readBack = analog.readBack.flatMap { indices[$0] }.map {
        ReadBackPlan(point: $0, tolerance: analog.readBackTolerance, settleNs: nanoseconds(analog.settleS))
      }
    case .word(let word):
      let steps = plan.steps.count
      plan.steps += word.run.map { step in
        WordPlan.Step(value: step.value, until: step.until.flatMap { indices[$0] })
      }
      form = .word(
        WordPlan(
          stop: word.stop, reset: word.reset, steps: steps..<plan.steps.count,
          fault: faultPoint.flatMap { indices[$0.name] }))
    }
    return CommandPlan(
      area: command.area, address: command.address, format: command.format, wordOrder: command.wordOrder,
      byteOrder: command.byteOrder, slot: slot, refreshNs: command.wears ? Self.neverNs : refreshNs, form: form,
      readBack: readBack)
  }

  /// Drives are written every cycle; others inside a third of the time after which they would fall back.
  private var refreshNs: Int64 {
    if commands.contains(where: { $0.command.isWord }) { return 0 }
    guard let loss = profile.communicationLoss else { return nanoseconds(Self.refreshMaxS) }
    return nanoseconds(min(loss.timeoutS / 3, Self.refreshMaxS))
  }

  /// Dependent points, each after those it depends on.
  private func dependencyOrder(of points: Range<Int>, in plan: BusPlan) throws(FieldPlanFault) -> [Int] {
    var open = points.filter { plan.points[$0].rules.map { plan.rules[$0].isDependent } ?? false }
    var order: [Int] = []
    while !open.isEmpty {
      let waiting = Set(open)
      let ready = open.filter { index in
        let rules = plan.points[index].rules.map { plan.rules[$0] }
        return ![rules?.reference, rules?.condition, rules?.unit].contains { $0.map(waiting.contains) ?? false }
      }
      guard !ready.isEmpty else {
        throw .circularReference(device: device.name, point: entries[open[0] - points.lowerBound].point.name)
      }
      order += ready
      open.removeAll { ready.contains($0) }
    }
    return order
  }

  /// Merges each read group into requests and notes where a request may be cut.
  private func requests(of points: Range<Int>, in plan: inout BusPlan) -> [ReadRequest] {
    var requests: [ReadRequest] = []
    var start = points.lowerBound
    while start < points.upperBound {
      let entry = entries[start - points.lowerBound]
      var end = start + 1
      while end < points.upperBound, entries[end - points.lowerBound].readGroup == entry.readGroup { end += 1 }
      let merger = ReadMerger(
        timing: plan.timing, area: entry.point.area, lengthMax: profile.maxRead, gapMax: profile.maxGap)
      let values = plan.points[start..<end].map { $0.address..<$0.address + $0.count }
      for cut in merger.requests(values) {
        let own = start + cut.lowerBound..<start + cut.upperBound
        var requestEnd = 0
        for index in own {
          plan.points[index].startsValue = plan.points[index].address >= requestEnd
          requestEnd = max(requestEnd, values[index - start].upperBound)
        }
        let address = plan.points[own.lowerBound].address
        requests.append(
          ReadRequest(
            area: entry.point.area, hasRules: plan.points[own].contains { $0.rules != nil }, isSetUp: entry.isSetUp,
            address: address, count: requestEnd - address, points: own, intervalNs: entry.intervalNs))
      }
      start = end
    }
    return requests
  }
}

func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }

extension DeviceProfile.Command {
  fileprivate var isWord: Bool {
    switch form {
    case .analog: false
    case .word: true
    }
  }

  fileprivate var wears: Bool {
    if case .analog(let analog) = form { analog.writesPerDay != nil } else { false }
  }

  fileprivate var pointsNeeded: [String] {
    switch form {
    case .analog(let analog): [analog.reference, analog.readBack].compactMap { $0 }
    case .word(let word): word.run.compactMap(\.until)
    }
  }
}

extension Array {
  mutating func append(all elements: [Element]) -> Range<Int> {
    let start = count
    self += elements
    return start..<count
  }
}
