/// Requests to the twin's devices, and what faults of communication make of them.

/// A device and what is wrong between it and its master.
final class Link {
  let device: any FieldDevice
  var fault: LinkFault?
  /// Share of writes acknowledged and lost.
  var lostWrites = 0.0
  var swapsWords = false
  /// The register that became illegal; known after the first read.
  var illegal: (area: ModbusArea, address: Int)?

  init(_ device: any FieldDevice) { self.device = device }

  var isFaulty: Bool { fault != nil || swapsWords || lostWrites > 0 }

  /// Ends every fault; one that is laid on again finds its illegal register where it was.
  func heal() {
    if fault != .illegal { illegal = nil }
    fault = nil
    lostWrites = 0
    swapsWords = false
  }

  /// Whether the illegal register lies in these.
  func isIllegal(_ area: ModbusArea, _ addresses: Range<Int>) -> Bool {
    if illegal == nil { illegal = (area, addresses.lowerBound + addresses.count / 2) }
    return illegal.map { $0.area == area && addresses.contains($0.address) } ?? false
  }
}

extension Twin {
  /// Reads `count` registers or bits of a unit on the bus at this index of `site.buses`. The first `count` of `words`,
  /// which must have room for them, are valid after `.ok` and `.late`.
  public func read(
    bus: Int, unit: UInt8, area: ModbusArea, address: Int, count: Int, into words: inout MutableSpan<UInt16>
  ) -> TwinReply {
    if losesRequests, isLost(on: bus) { return .silent }
    let place = bus * 256 + Int(unit)
    guard let device = devices[place] else { return .exception(0x0B) }
    guard isFaulty[place], let link = routes[place] else {
      return device.read(area, address, count: count, into: &words)
    }
    return readFaulty(link, area, address, count, &words)
  }

  private func readFaulty(
    _ link: Link, _ area: ModbusArea, _ address: Int, _ count: Int, _ words: inout MutableSpan<UInt16>
  ) -> TwinReply {
    switch link.fault {
    case .dead: return .silent
    case .exception: return .exception(4)
    case .illegal where count > 0 && link.isIllegal(area, address..<address + count): return .exception(2)
    default: break  // heard
    }
    let reply = link.device.read(area, address, count: count, into: &words)
    if link.swapsWords, reply == .ok {
      for pair in stride(from: 0, to: count - 1, by: 2) { words.swapAt(pair, pair + 1) }
    }
    return disturbed(reply, link.fault)
  }

  /// The same, with `words` made `count` long, unless that is more than the protocol has room for.
  public func read(
    bus: Int, unit: UInt8, area: ModbusArea, address: Int, count: Int, into words: inout [UInt16]
  ) -> TwinReply {
    words.removeAll(keepingCapacity: true)
    if count > 0 { words.append(contentsOf: repeatElement(0, count: min(count, area.readLimit))) }
    var span = words.mutableSpan
    return read(bus: bus, unit: unit, area: area, address: address, count: count, into: &span)
  }

  /// Writes registers or bits (0 or 1). Only a reply of `.ok`, `.late` or `.garbage` means the device may have obeyed.
  public func write(
    bus: Int, unit: UInt8, area: ModbusArea, address: Int, values: Span<UInt16>
  ) -> TwinReply {
    if losesRequests, isLost(on: bus) { return .silent }
    let place = bus * 256 + Int(unit)
    guard let device = devices[place] else { return .exception(0x0B) }
    guard isFaulty[place], let link = routes[place] else { return device.write(area, address, values) }
    if link.fault == .dead { return .silent }
    if link.fault == .exception { return .exception(4) }
    if link.fault == .lying || (link.lostWrites > 0 && linkRandom.uniform() < link.lostWrites) {
      link.device.heard()
      return .ok
    }
    return disturbed(link.device.write(area, address, values), link.fault)
  }

  /// What the unit says of itself; `texts` counts after `.ok`, `.late` and `.garbage`.
  public func identification(bus: Int, unit: UInt8) -> (reply: TwinReply, texts: [String]) {
    if losesRequests, isLost(on: bus) { return (.silent, []) }
    let place = bus * 256 + Int(unit)
    guard let device = devices[place] else { return (.exception(0x0B), []) }
    let fault = routes[place]?.fault
    if fault == .dead { return (.silent, []) }
    if fault == .exception { return (.exception(4), []) }
    device.heard()
    guard let texts = device.identification else { return (disturbed(.exception(1), fault), []) }
    return (disturbed(.ok, fault), texts)
  }

  /// What is wrong with the link of the unit, for the server to show it in bytes.
  func linkFault(bus: Int, unit: UInt8) -> LinkFault? {
    routes[bus * 256 + Int(unit)]?.fault
  }

  private func isLost(on bus: Int) -> Bool {
    let share = lostShare[bus]
    return share > 0 && linkRandom.uniform() < share
  }

  private func disturbed(_ reply: TwinReply, _ fault: LinkFault?) -> TwinReply {
    switch fault {
    case .slow: reply == .ok ? .late : reply
    case .garbage, .badCrc, .short, .wrongUnit: .garbage
    case .dead, .exception, .illegal, .lying, nil: reply
    }
  }
}
