/// From registers to the image: what a reply means for the points in it.
extension BusEngine {
  /// Decodes the points of a span that was just read into `buffer`.
  mutating func take(_ span: Span, _ now: Duration, _ image: inout [FieldValue]) {
    for index in span.points {
      let point = plan.points[index]
      var pattern = Codec.pattern(
        buffer, at: point.address - span.address, format: point.format, wordOrder: point.wordOrder)
      var isMarker = false
      for marker in point.invalid where plan.patterns[marker] == pattern { isMarker = true }
      if let bit = point.bit { pattern = pattern >> UInt64(bit) & 1 }
      points[index].pattern = pattern
      points[index].isPending = false
      if isMarker {
        settle(index, .invalidValue, &image)
      } else if point.isDependent {
        points[index].isPending = true
      } else {
        settle(index, reference: nil, now, &image)
      }
    }
  }

  /// Settles the points that had to wait for others of the same device.
  mutating func settleDependents(_ device: Int, _ now: Duration, _ image: inout [FieldValue]) {
    for entry in plan.devices[device].dependents {
      let index = plan.dependents[entry]
      guard points[index].isPending else { continue }
      points[index].isPending = false
      let point = plan.points[index]
      if let condition = point.condition {
        let other = points[condition]
        var isMet = false
        for allowed in point.conditionPatterns where plan.patterns[allowed] == other.pattern { isMet = true }
        guard other.outcome == .good, isMet else {
          settle(index, other.outcome.isFailure ? other.outcome : .invalidValue, &image)
          continue
        }
      }
      // A reference hardly changes (a fan's top speed): its last good value serves.
      if let reference = point.reference, points[reference].time == nil {
        settle(index, points[reference].outcome.isFailure ? points[reference].outcome : .invalidValue, &image)
        continue
      }
      settle(index, reference: point.reference.map { points[$0].value }, now, &image)
    }
  }

  mutating func mark(_ span: Span, _ outcome: Outcome, _ image: inout [FieldValue]) {
    for index in span.points { settle(index, outcome, &image) }
  }

  /// Marks every point of a device that was not read in this scan.
  mutating func markUnread(_ device: Int, _ outcome: Outcome, _ now: Duration, _ image: inout [FieldValue]) {
    for index in devices[device].spans where spans[index].readAt != now { mark(spans[index], outcome, &image) }
  }

  /// Follows each analog output's read-back if it was read in this scan.
  mutating func compareReadBacks(_ device: Int, _ now: Duration) {
    for index in plan.devices[device].commands {
      guard case .analog(let analog) = plan.commands[index].form, let readBack = analog.readBack else { continue }
      guard points[readBack].outcome == .good, points[readBack].time == now else { continue }
      let accepted = points[readBack].value
      commands[index].state.accepted = accepted
      guard let sent = commands[index].sentValue, commands[index].state.demand != nil else { continue }
      // Between what it was told by this scan and by the one before: it may still be a cycle behind on a ramp.
      let earlier = commands[index].sentAtLastScan ?? sent
      commands[index].sentAtLastScan = sent
      let agrees =
        accepted >= min(sent, earlier) - analog.tolerance && accepted <= max(sent, earlier) + analog.tolerance
      if agrees {
        commands[index].mismatches = 0
        continue
      }
      commands[index].mismatches = min(commands[index].mismatches + 1, BusMaster.contradictionScans)
      // Whatever the cause, write again.
      commands[index].sent = nil
    }
  }

  private mutating func settle(_ index: Int, reference: Double?, _ now: Duration, _ image: inout [FieldValue]) {
    let point = plan.points[index]
    let number =
      point.bit == nil ? Codec.number(points[index].pattern, format: point.format) : Double(points[index].pattern)
    guard let number else { return settle(index, .invalidValue, &image) }
    var value = point.scaling.value(number, reference: reference)
    if let loop = point.loop {
      let outcome = CurrentLoop.outcome(value)
      guard outcome == .good else { return settle(index, outcome, &image) }
      value = loop.value(value)
    }
    guard value.isFinite else { return settle(index, .invalidValue, &image) }
    points[index].value = value
    points[index].time = now
    points[index].outcome = .good
    if let slot = point.slot { image[slot] = FieldValue(value: value, time: now, outcome: .good) }
  }

  private mutating func settle(_ index: Int, _ outcome: Outcome, _ image: inout [FieldValue]) {
    points[index].outcome = outcome
    if let slot = plan.points[index].slot { image[slot].outcome = outcome }
  }
}

extension Outcome {
  fileprivate var isFailure: Bool { self != .good && self != .never }
}
