import RowConfig

/// From registers to the image: what a reply means for the points in it.
extension BusEngine {
  /// Decodes the points of a request that was just read into `buffer`, from `offset` on.
  mutating func take(
    _ request: ReadRequest, at offset: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) {
    let start = request.address - offset
    Self.decode(request.points, from: start, plan.points, buffer, into: &points, nowNs, &image)
    guard request.hasRules else { return }
    for index in request.points {
      guard let rules = plan.points[index].rules else { continue }
      if let text = plan.rules[rules].text {
        let point = plan.points[index]
        let found = Codec.text(
          buffer, at: point.address - start, count: point.count, byteOrder: point.byteOrder)
        points[index].pattern = found == plan.texts[text] ? 1 : 0
      }
      points[index].take(plan.points[index], plan.rules[rules], markers: plan.patterns, nowNs, &image)
    }
  }

  /// Takes every pattern, and settles what is no more than a number.
  private static func decode(
    _ range: Range<Int>, from start: Int, _ plans: [PointPlan], _ registers: [UInt16],
    into points: inout [PointState], _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) {
    let plans = plans.span
    let registers = registers.span
    var points = points.mutableSpan
    for index in range {
      points[index].pattern = plans[index].pattern(in: registers, from: start)
      if plans[index].rules == nil { points[index].settle(plans[index], nowNs, &image) }
    }
  }

  /// Settles the points that had to wait for others of the same device.
  mutating func settleDependents(_ device: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>) {
    for entry in plan.devices[device].dependents {
      let index = plan.dependents[entry]
      guard points[index].isPending, let rule = plan.points[index].rules else { continue }
      points[index].isPending = false
      let rules = plan.rules[rule]
      if let condition = rules.condition {
        let other = points[condition]
        var isMet = false
        for allowed in rules.conditionPatterns where plan.patterns[allowed] == other.pattern { isMet = true }
        guard other.outcome == .good, isMet else {
          points[index].fail(plan.points[index], other.outcome.isFailure ? other.outcome : .invalidValue, &image)
          continue
        }
      }
      // A reference hardly changes (a fan's top speed): its last good value serves.
      if let reference = rules.reference, points[reference].timeNs == nil {
        let outcome = points[reference].outcome
        points[index].fail(plan.points[index], outcome.isFailure ? outcome : .invalidValue, &image)
        continue
      }
      var unit: DeviceProfile.UnitFrom.Choice?
      if let said = rules.unit {
        unit = points[said].timeNs == nil ? nil : plan.units[rules.units].first { $0.raw == points[said].pattern }
        guard unit != nil else {
          points[index].fail(plan.points[index], .invalidValue, &image)
          continue
        }
      }
      points[index].settle(
        plan.points[index], reference: rules.reference.map { points[$0].value }, loop: rules.loop, unit: unit, nowNs,
        &image)
    }
  }

  mutating func mark(_ request: ReadRequest, _ outcome: Outcome, _ image: inout MutableSpan<FieldValue>) {
    for index in request.points { points[index].fail(plan.points[index], outcome, &image) }
  }

  /// Marks every point of a device that was not read in this scan.
  mutating func markUnread(
    _ device: Int, _ outcome: Outcome, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) {
    for index in devices[device].requests where requests[index].readNs != nowNs {
      mark(requests[index], outcome, &image)
    }
  }

  /// Follows each analog output's read-back if it was read in this scan.
  mutating func compareReadBacks(_ device: Int, _ nowNs: Int64) {
    for index in plan.devices[device].commands {
      guard let readBack = plan.commands[index].readBack, points[readBack.point].timeNs == nowNs else { continue }
      guard points[readBack.point].outcome == .good, commands[index].comparedNs != nowNs else { continue }
      commands[index].comparedNs = nowNs
      let accepted = points[readBack.point].value
      commands[index].state.accepted = accepted
      guard let sent = commands[index].sentValue, commands[index].state.demand != nil else { continue }
      // Between what it was told by this scan and by the one before: it may still be a cycle behind on a ramp.
      let earlier = commands[index].sentAtLastScan ?? sent
      commands[index].sentAtLastScan = sent
      let agrees =
        accepted >= min(sent, earlier) - readBack.tolerance && accepted <= max(sent, earlier) + readBack.tolerance
      let isSettling = nowNs - commands[index].changedNs < readBack.settleNs
      if agrees || isSettling {
        commands[index].mismatches = 0
        continue
      }
      commands[index].mismatches = min(commands[index].mismatches + 1, BusMaster.contradictionScans)
      // Whatever the cause, write again.
      commands[index].sent = nil
    }
  }
}

extension PointPlan {
  @inline(__always)
  fileprivate func pattern(in registers: Span<UInt16>, from start: Int) -> UInt64 {
    let pattern = Codec.pattern(
      registers, at: address - start, format: format, wordOrder: wordOrder, byteOrder: byteOrder)
    guard let bits else { return pattern }
    return bits.of(pattern)
  }
}

extension PointState {
  /// A point that may have no value, is a loop current, or waits for others.
  fileprivate mutating func take(
    _ point: PointPlan, _ rules: PointRules, markers: [UInt64], _ nowNs: Int64,
    _ image: inout MutableSpan<FieldValue>
  ) {
    isPending = false
    for marker in rules.invalid where markers[marker] == pattern { return fail(point, .invalidValue, &image) }
    if let valid = rules.validRaw, !valid.contains(number(point) ?? .nan) {
      return fail(point, .invalidValue, &image)
    }
    if rules.isDependent {
      isPending = true
    } else {
      settle(point, loop: rules.loop, nowNs, &image)
    }
  }

  /// Takes the value its pattern stands for, if there is one.
  @inline(__always)
  fileprivate mutating func settle(
    _ point: PointPlan, reference: Double? = nil, loop: CurrentLoop? = nil,
    unit: DeviceProfile.UnitFrom.Choice? = nil, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>
  ) {
    guard let number = number(point) else { return fail(point, .invalidValue, &image) }
    var value = point.scaling.value(number, reference: reference)
    if let unit { value = value * unit.scale + unit.offset }
    if let loop {
      let outcome = CurrentLoop.outcome(value)
      guard outcome == .good else { return fail(point, outcome, &image) }
      value = loop.value(value)
    }
    guard value.isFinite else { return fail(point, .invalidValue, &image) }
    self.value = value
    timeNs = nowNs
    outcome = .good
    if let slot = point.slot { image[slot] = FieldValue(value: value, timeNs: nowNs, outcome: .good) }
  }

  @inline(__always)
  private func number(_ point: PointPlan) -> Double? {
    point.bits == nil ? Codec.number(pattern, format: point.format) : Double(pattern)
  }

  /// Keeps the last good value and its time.
  fileprivate mutating func fail(_ point: PointPlan, _ outcome: Outcome, _ image: inout MutableSpan<FieldValue>) {
    self.outcome = outcome
    if let slot = point.slot { image[slot].outcome = outcome }
  }
}

extension Outcome {
  fileprivate var isFailure: Bool { self != .good && self != .never }
}
