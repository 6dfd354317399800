/// What every cycle needs, on a link that has several requests under way at once: all of it is one batch, in which a
/// device that is silent costs its timeout beside the others' replies.
extension BusEngine {
  mutating func readTogether(from first: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>) {
    order(from: first, nowNs)
    guard !orders.isEmpty else { return }
    link.read(together: &orders, into: &buffer, timeoutsMax: timeoutsLeft)
    // From the last: a cut moves only the requests behind it.
    for place in orders.indices.reversed() { settle(place, nowNs, &image) }
    var last: Int?
    for place in ordered.indices where ordered[place].device != last {
      let device = ordered[place].device
      last = device
      if devices[device].answeredNs != nowNs, let fault = fault(of: device) {
        lose(device, fault, nowNs)
        markUnread(device, Outcome(fault), nowNs, &image)
      }
      if devices[device].failures == 0, timeoutsLeft > 0 {
        // The pieces of what was cut.
        read(device, nowNs, onlyUrgent: true, &image)
      } else {
        settleDependents(device, nowNs, &image)
        compareReadBacks(device, nowNs)
      }
    }
  }

  /// Collects what is due of the devices that answered last time, in the order in which devices take turns.
  private mutating func order(from first: Int, _ nowNs: Int64) {
    orders.removeAll(keepingCapacity: true)
    ordered.removeAll(keepingCapacity: true)
    var offset = 0
    for turn in devices.indices {
      let device = (first + turn) % devices.count
      guard devices[device].failures == 0 else { continue }
      repair(device, nowNs)
      for index in devices[device].requests where requests[index].isUrgent {
        let request = requests[index]
        // Pieces of a cut request may overlap, so that all together may be longer than what was planned.
        guard request.isDue(nowNs, filling.slackNs), offset + request.count <= buffer.count else { continue }
        orders.append(
          ReadOrder(
            area: request.area, unit: plan.devices[device].unit, address: request.address, count: request.count,
            offset: offset))
        ordered.append((device, index))
        offset += request.count
      }
    }
  }

  /// Takes one outcome. A device that answered another request is there: a reply of it that was lost is only that.
  private mutating func settle(_ place: Int, _ nowNs: Int64, _ image: inout MutableSpan<FieldValue>) {
    let (device, index) = ordered[place]
    if orders[place].outcome == .notAsked {
      firstToScan = device
      return
    }
    devices[device].triedNs = nowNs
    requests[index].askedNs = nowNs
    countRequest()
    switch orders[place].outcome {
    case .notAsked: break
    case .good:
      devices[device].answeredNs = nowNs
      took(index, of: device, at: orders[place].offset, nowNs, &image)
    case .failed(let fault):
      statistics.count(fault)
      if case .exception(let code) = fault, !fault.isSilence {
        devices[device].answeredNs = nowNs
        _ = wasRefused(index, of: device, code, nowNs, &image)
      } else {
        mark(requests[index], Outcome(fault), &image)
      }
    }
  }

  private func fault(of device: Int) -> ModbusFault? {
    for place in ordered.indices where ordered[place].device == device {
      if case .failed(let fault) = orders[place].outcome { return fault }
    }
    return nil
  }
}
