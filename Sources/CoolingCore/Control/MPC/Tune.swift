public enum Tune {
  nonisolated(unsafe) public static var values: InlineArray<20, Double> = .init(repeating: -1)
  static func get(_ i: Int, _ d: Double) -> Double { let v = unsafe values[i]; return v < 0 ? d : v }
}
