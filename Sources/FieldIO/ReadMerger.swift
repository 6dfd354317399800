import RowConfig

/// Which values are read together: the cuts that make the bus time of one read group least. Registers between two
/// values are read for nothing where that is cheaper than another request. No value is split, no request is longer
/// than the device allows, and no gap wider.
struct ReadMerger {
  let timing: BusTiming
  let area: DeviceProfile.Area
  let lengthMax: Int
  /// nil: as wide as pays.
  let gapMax: Int?

  /// - Parameter values: address ranges, by lower bound.
  /// - Returns: index ranges into `values`, one for each request.
  ///
  /// best(n) = min over m < n of best(m) + cost of reading values m ..< n at once. Exact, as cost grows with length.
  func requests(_ values: [Range<Int>]) -> [Range<Int>] {
    var best: [Int64] = [0]
    var firsts: [Int] = []
    // ends[n]: where the values before n end.
    var ends = [0]
    for value in values { ends.append(max(ends[ends.count - 1], value.upperBound)) }
    for last in values.indices {
      var least = Int64.max
      var first = last
      var start = last
      var end = 0
      while true {
        end = max(end, values[start].upperBound)
        let length = end - values[start].lowerBound
        guard length <= lengthMax || start == last else { break }
        let cost = best[start] + timing.transactionNs(bytes: timing.readBytes(area, count: length))
        if cost <= least { (least, first) = (cost, start) }
        guard start > 0, values[start].lowerBound - ends[start] <= gapMax ?? .max else { break }
        start -= 1
      }
      best.append(least)
      firsts.append(first)
    }
    var cuts: [Range<Int>] = []
    var end = values.count
    while end > 0 {
      cuts.append(firsts[end - 1]..<end)
      end = firsts[end - 1]
    }
    return cuts.reversed()
  }
}
