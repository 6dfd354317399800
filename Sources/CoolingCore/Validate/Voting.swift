/// Which way a vote leans when instruments disagree: towards the reading that leads to more cooling.
public enum SafeSide: Sendable { case high, low }

/// Up to three redundant signals of one role become one reading: median of three, average of two that agree, the safe
/// one of two that do not, and a single one with its loss of redundancy said. Uncertain signals vote only where no
/// good one is left.
///
/// Two on one module are one witness, not two: where they stand together against the third, physics decides, and
/// without it the safe side.
///
/// - Parameters:
///   - disagreement: how far two good instruments may differ, canonical unit.
///   - odd: which of the three is wired to a module of its own while the other two share one.
///   - expected: what the other instruments of the row say this should be.
func vote<Q: Quantity>(
  _ a: ConditionedSignal, _ b: ConditionedSignal, _ c: ConditionedSignal,
  disagreement: Double, safeSide: SafeSide, odd: Int? = nil, expected: Double? = nil
) -> Reading<Q> {
  let installed = count(a, b, c) { $0.quality != .bad(.notConfigured) }
  guard installed > 0 else { return .absent }
  let good = count(a, b, c) { $0.quality == .good }
  let usable = good > 0 ? good : count(a, b, c) { $0.value != nil }
  let picked = pick(a, b, c, goodOnly: good > 0)
  guard let first = picked.0.value else {
    return Reading(nil, worst(a, b, c), ageS: picked.0.ageS)
  }
  let age = picked.0.ageS
  guard usable > 1, let second = picked.1.value else {
    if good == 0 { return Reading(Q(canonical: first), picked.0.quality, ageS: age) }
    return Reading(Q(canonical: first), installed > 1 ? .uncertain(.lostRedundancy) : .good, ageS: age)
  }
  guard usable > 2, let third = picked.2.value else {
    let apart = first > second ? first - second : second - first
    if apart > disagreement {
      let safe = (first > second) == (safeSide == .high) ? first : second
      return Reading(Q(canonical: safe), .uncertain(.disagreement), ageS: age)
    }
    let quality: Quality = good == 0 ? picked.0.quality : (installed > 2 ? .uncertain(.lostRedundancy) : .good)
    return Reading(Q(canonical: (first + second) / 2), quality, ageS: age)
  }
  let apart = max(first, max(second, third)) - min(first, min(second, third))
  if good == 3, apart > disagreement, let odd {
    let pair = (odd == 0 ? second : first, odd == 2 ? second : third)
    let single = odd == 0 ? first : (odd == 1 ? second : third)
    if pair.0 - pair.1 <= disagreement, pair.1 - pair.0 <= disagreement {
      let value = decide((pair.0 + pair.1) / 2, single, safeSide: safeSide, expected: expected)
      return Reading(Q(canonical: value), .uncertain(.commonCause), ageS: age)
    }
  }
  let quality: Quality = good == 0 ? picked.0.quality : (apart > disagreement ? .uncertain(.disagreement) : .good)
  return Reading(Q(canonical: median(first, second, third)), quality, ageS: age)
}

/// The one that physics is clearly nearer to, by a quarter of their difference; else the safe one.
private func decide(_ pair: Double, _ single: Double, safeSide: SafeSide, expected: Double?) -> Double {
  let isPairSafe = (pair > single) == (safeSide == .high)
  guard let expected else { return isPairSafe ? pair : single }
  let clear = abs(pair - single) / 4
  let nearer = abs(expected - single) - abs(expected - pair)
  if nearer > clear { return pair }
  if nearer < -clear { return single }
  return isPairSafe ? pair : single
}

/// Index of the one whose module the other two do not share; nil unless they share one.
@inline(__always)
func oddOneOut(_ a: Int?, _ b: Int?, _ c: Int?) -> Int? {
  guard let a, let b, let c else { return nil }
  if a == b { return c == a ? nil : 2 }
  if b == c { return 0 }
  return a == c ? 1 : nil
}

func median(_ a: Double, _ b: Double, _ c: Double) -> Double {
  a > b ? (b > c ? b : (a > c ? c : a)) : (a > c ? a : (b > c ? c : b))
}

private func count(
  _ a: ConditionedSignal, _ b: ConditionedSignal, _ c: ConditionedSignal, where test: (ConditionedSignal) -> Bool
) -> Int {
  (test(a) ? 1 : 0) + (test(b) ? 1 : 0) + (test(c) ? 1 : 0)
}

/// The signals that vote, first the ones that do; the rest are without value.
private func pick(
  _ a: ConditionedSignal, _ b: ConditionedSignal, _ c: ConditionedSignal, goodOnly: Bool
) -> (ConditionedSignal, ConditionedSignal, ConditionedSignal) {
  func votes(_ s: ConditionedSignal) -> Bool { goodOnly ? s.quality == .good : s.value != nil }
  let none = ConditionedSignal()
  var picked = (none, none, none)
  var filled = 0
  func add(_ s: ConditionedSignal) {
    guard votes(s) else { return }
    switch filled {
    case 0: picked.0 = s
    case 1: picked.1 = s
    default: picked.2 = s
    }
    filled += 1
  }
  add(a)
  add(b)
  add(c)
  return picked
}

/// The reason to show when no installed instrument has a value.
private func worst(_ a: ConditionedSignal, _ b: ConditionedSignal, _ c: ConditionedSignal) -> Quality {
  if a.quality != .bad(.notConfigured) { return a.quality }
  if b.quality != .bad(.notConfigured) { return b.quality }
  return c.quality
}
