/// `value` with `count` decimals (0 … 6), rounded half away from zero: `-0.04` with one is `0.0`. What has no such
/// text, from 10¹² on or not finite, as Swift writes it.
public func decimals(_ value: Double, _ count: Int = 1) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
  let scale = (0..<count).reduce(1) { product, _ in product * 10 }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard count > 0 else { return "\(sign)\(scaled)" }
  let fraction = "\(scaled % scale)"
  return "\(sign)\(scaled / scale)." + String(repeating: "0", count: count - fraction.count) + fraction
}
