/// The twin's only source of chance: xoshiro256** (Blackman and Vigna, 2018), seeded by SplitMix64 as its authors
/// advise. The same seed gives the same numbers on every machine: nothing here calls the C mathematics library.
public struct SeededRandom: RandomNumberGenerator, Sendable, Equatable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  public init(seed: UInt64) {
    var splitMix = seed
    func word() -> UInt64 {
      splitMix &+= 0x9E37_79B9_7F4A_7C15
      var z = splitMix
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    s0 = word()
    s1 = word()
    s2 = word()
    s3 = word()
  }

  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }

  /// Evenly spread over `low ..< high`.
  public mutating func uniform(_ low: Double = 0, _ high: Double = 1) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }

  /// Mean 0, standard deviation 1, never beyond ±6: the sum of twelve uniform numbers, less 6.
  public mutating func normal() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += uniform() }
    return sum
  }

  /// A factor near 1: evenly spread over 1 − `share` … 1 + `share`.
  public mutating func factor(_ share: Double) -> Double {
    uniform(1 - share, 1 + share)
  }
}
