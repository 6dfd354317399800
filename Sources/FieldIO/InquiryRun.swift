import RowConfig

/// An inquiry under way: read what is needed, then, where something is to be written, write it and read it back. Each
/// step is one request at most.
struct InquiryRun {
  private enum Phase { case reading, writing, readingBack(pattern: UInt64, sinceNs: Int64), done }

  private let inquiry: DeviceInquiry
  private var engine: BusEngine
  private var phase = Phase.reading
  private var image: [FieldValue]
  /// Of text points, by index in the plan.
  private var texts: [Int: String] = [:]
  private var written: InquiryAnswer.Written?
  /// The device was silent: the bus has lost a timeout to it.
  private(set) var wasSilent = false

  init(_ inquiry: DeviceInquiry, link: any ModbusLink) {
    self.inquiry = inquiry
    engine = BusEngine(plan: inquiry.plan, link: link)
    image = Array(repeating: FieldValue(), count: inquiry.points.count)
  }

  /// Whether there is more to do at once. A device that takes a while to take a value over is asked again later.
  enum Step { case goOn, later, done }

  mutating func step(nowNs: Int64, _ guards: inout WriteGuards) -> Step {
    switch phase {
    case .reading:
      if readNext(nowNs) { return .goOn }
      engine.settle(into: &image, nowNs)
      phase = inquiry.write == nil || written != nil ? .done : .writing
    case .writing:
      write(nowNs, &guards)
    case .readingBack(let pattern, let sinceNs):
      return readBack(pattern, sinceNs, nowNs)
    case .done: break
    }
    if case .done = phase { return .done }
    return .goOn
  }

  /// Names of the points that the device refused to give even by themselves.
  var refused: [String] {
    let points = engine.requests.filter(\.isRefused).flatMap(\.points)
    return points.compactMap { inquiry.plan.points[$0].slot.map { inquiry.points[$0].name } }
  }
  var identity: BusEngine.Identity { engine.devices[0].identity }

  var answer: InquiryAnswer {
    var answer = InquiryAnswer(written: written)
    if inquiry.write != nil, written == nil { answer.written = .refused(.silent(.never)) }
    var readings: [Int: InquiryAnswer.Reading] = [:]
    for index in engine.points.indices {
      guard let slot = inquiry.plan.points[index].slot else { continue }
      let (point, state) = (inquiry.points[slot], engine.points[index])
      let isText = point.format == .string
      let isRead = state.outcome == .good || state.outcome == .invalidValue
      readings[slot] = InquiryAnswer.Reading(
        point: point.name, value: state.outcome == .good && !isText ? state.value : nil, text: texts[index],
        pattern: isRead ? state.pattern : nil, outcome: state.outcome, time: state.timeNs.map { .nanoseconds($0) })
    }
    answer.readings = inquiry.points.indices.compactMap { readings[$0] }
    return answer
  }

  /// Sends one read; false when there is none left, or the device does not answer.
  private mutating func readNext(_ nowNs: Int64) -> Bool {
    let own = engine.devices[0].requests
    guard !wasSilent, let index = own.first(where: { engine.requests[$0].askedNs == nil }) else { return false }
    // What depends on other points waits for all of them.
    switch engine.ask(index, nowNs, into: &image) {
    case .answered: takeTexts(engine.requests[index], nowNs)
    case .cut: break
    case .silent:
      wasSilent = true
      if let point = inquiry.plan.points.indices.first, inquiry.write != nil {
        written = .refused(.silent(engine.points[point].outcome))
      }
    }
    return true
  }

  private mutating func takeTexts(_ request: ReadRequest, _ nowNs: Int64) {
    guard request.readNs == nowNs else { return }
    for index in request.points where inquiry.plan.points[index].format == .string {
      let point = inquiry.plan.points[index]
      texts[index] = Codec.text(
        engine.buffer, at: point.address - request.address, count: point.count, byteOrder: point.byteOrder)
    }
  }

  private mutating func write(_ nowNs: Int64, _ guards: inout WriteGuards) {
    phase = .done
    guard let order = inquiry.write else { return }
    do throws(WriteRefusal) {
      let pattern = try pattern(order)
      try guards.check(order, nowNs)
      guard engine.send(0, pattern, to: 0, nowNs) else {
        wasSilent = true
        throw .silent(engine.commands[0].state.outcome)
      }
      guard engine.commands[0].sent == pattern else { throw .exception }
      guards.noteWritten(order, nowNs)
      written = .confirmed(pattern: pattern, told: engine.commands[0].sentValue, accepted: nil, agrees: nil)
      if plan.readBack != nil { phase = .readingBack(pattern: pattern, sinceNs: nowNs) }
    } catch {
      written = .refused(error)
    }
  }

  private var plan: CommandPlan { inquiry.plan.commands[0] }

  /// What to send. Unlike the loop's demands a person's are never clamped: nobody would know.
  private func pattern(_ order: DeviceInquiry.WriteOrder) throws(WriteRefusal) -> UInt64 {
    if engine.devices[0].identity == .stranger { throw .stranger }
    if !inquiry.plan.identity.isEmpty, engine.devices[0].identity != .asExpected { throw .silent(.never) }
    switch order.command.form {
    case .word(let word):
      let known = ([word.stop] + [word.reset].compactMap(\.self) + word.run.map(\.value)).sorted()
      guard let value = UInt16(exactly: order.value), known.contains(value) else { throw .unknownWord(known) }
      return UInt64(value)
    case .analog:
      guard case .analog(let analog) = plan.form else { throw .noReference }
      var reference: Double?
      if let point = analog.reference {
        guard engine.points[point].outcome == .good, engine.points[point].value != 0 else { throw .noReference }
        reference = engine.points[point].value
      }
      let ends = [analog.rawMin, analog.rawMax].map { analog.scaling.value($0, reference: reference) }
      let range = min(ends[0], ends[1])...max(ends[0], ends[1])
      guard range.contains(order.value) else { throw .outOfRange(range) }
      if let step = analog.limits.maxStep, let point = plan.readBack?.point, engine.points[point].outcome == .good {
        let present = engine.points[point].value
        guard abs(order.value - present) <= step else { throw .tooFar(step: step, from: present) }
      }
      let pattern = Codec.encode(
        order.value, scaling: analog.scaling, reference: reference, rawMin: analog.rawMin, rawMax: analog.rawMax,
        format: plan.format)
      guard let pattern else { throw .outOfRange(range) }
      return pattern
    }
  }

  private mutating func readBack(_ pattern: UInt64, _ sinceNs: Int64, _ nowNs: Int64) -> Step {
    guard let readBack = plan.readBack else { return .done }
    let point = readBack.point
    let own = engine.devices[0].requests
    guard let index = own.first(where: { engine.requests[$0].points.contains(point) }) else { return .done }
    let reply = engine.ask(index, nowNs, into: &image)
    engine.settle(into: &image, nowNs)
    phase = .done
    guard reply == .answered, engine.points[point].outcome == .good else {
      wasSilent = reply == .silent
      return .done
    }
    let (told, accepted) = (engine.commands[0].sentValue, engine.points[point].value)
    let agrees = told.map { abs(accepted - $0) <= readBack.tolerance } ?? false
    written = .confirmed(pattern: pattern, told: told, accepted: accepted, agrees: agrees)
    // Some devices take a write up a cycle late, some ramp.
    let settleNs = max(readBack.settleNs, 1_000_000_000)
    guard !agrees, nowNs - sinceNs < settleNs else { return .done }
    phase = .readingBack(pattern: pattern, sinceNs: sinceNs)
    return .later
  }
}

extension BusEngine {
  /// Of the only device.
  fileprivate mutating func ask(_ index: Int, _ nowNs: Int64, into image: inout [FieldValue]) -> ReadReply {
    var slots = image.mutableSpan
    return ask(index, of: 0, nowNs, &slots)
  }

  fileprivate mutating func settle(into image: inout [FieldValue], _ nowNs: Int64) {
    var slots = image.mutableSpan
    settleDependents(0, nowNs, &slots)
  }
}

/// The limits on writes that outlast one inquiry: how often a command may change, and what a memory bears.
struct WriteGuards {
  private var known: [String: (writtenNs: Int64, budget: WriteBudget)] = [:]

  func check(_ order: DeviceInquiry.WriteOrder, _ nowNs: Int64) throws(WriteRefusal) {
    guard case .analog(let analog) = order.command.form, var entry = known[order.key] else { return }
    let leftNs = entry.writtenNs + nanoseconds(analog.minIntervalS) - nowNs
    if leftNs > 0 { throw .tooSoon(seconds: Double(leftNs) / 1e9) }
    if let perDay = analog.writesPerDay, !entry.budget.spend(perDay: perDay, nowNs: nowNs) {
      throw .worn(perDay: perDay)
    }
  }

  mutating func noteWritten(_ order: DeviceInquiry.WriteOrder, _ nowNs: Int64) {
    guard case .analog(let analog) = order.command.form else { return }
    var budget = known[order.key]?.budget ?? WriteBudget()
    if let perDay = analog.writesPerDay { _ = budget.spend(perDay: perDay, nowNs: nowNs) }
    known[order.key] = (nowNs, budget)
  }
}
