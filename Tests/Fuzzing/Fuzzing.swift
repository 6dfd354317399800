import Foundation

/// Feeds a parser what is almost right: samples, changed at random. The same seed gives the same inputs. Before each
/// run its input is written to `irhx-fuzz-NAME` in the temporary folder, where a crash leaves it.
///
/// `IRHX_FUZZ_RUNS` (500) and `IRHX_FUZZ_SEED` (1) of the environment make it longer or other.
public struct Fuzzing {
  private let name: String
  private let samples: [[UInt8]]
  private let tokens: [[UInt8]]
  private let runs: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - samples: valid inputs.
  ///   - tokens: what has a meaning to the parser, to be strewn in.
  ///   - share: of the runs, for inputs that take long.
  public init(_ name: String, samples: [[UInt8]], tokens: [String] = [], share: Double = 1) {
    let environment = ProcessInfo.processInfo.environment
    self.name = name
    self.samples = samples
    self.tokens = tokens.map { Array($0.utf8) }
    runs = Int(share * Double(environment["IRHX_FUZZ_RUNS"].flatMap { Int($0) } ?? 500))
    seed = environment["IRHX_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  }

  /// Every input in turn; what `body` throws ends it.
  public func run(_ body: (_ input: [UInt8]) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appending(component: "irhx-fuzz-\(name)")
    for input in inputs {
      try Data(input).write(to: file)
      try body(input)
    }
    try FileManager.default.removeItem(at: file)
  }

  /// The same inputs, for those who need them at once; none is written.
  public var inputs: some Sequence<[UInt8]> {
    var random = SplitMix64(state: seed)
    return (0..<runs).lazy.map { _ in mutated(&random) }
  }

  private func mutated(_ random: inout SplitMix64) -> [UInt8] {
    var bytes = samples.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&bytes, &random) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
    switch Int.random(in: 0..<8, using: &random) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1 where place < bytes.count: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.removeLast(bytes.count - place)
    case 5: bytes.insert(.random(in: 0...255, using: &random), at: place)
    case 6:
      // One sample up to here, another from there on.
      let other = samples.randomElement(using: &random) ?? []
      bytes.replaceSubrange(place..., with: other[Int.random(in: 0...other.count, using: &random)...])
    default: bytes.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: place)
    }
  }
}

/// Sebastiano Vigna's generator of that name.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
