import Testing

@testable import FieldIO
import RowConfig

/// Published register contents and what they mean, and the properties that hold for all others.
@Suite struct CodecTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var name: String
    var words: [UInt16]
    var format: DeviceProfile.Format
    var order = DeviceProfile.WordOrder.big
    var scaling = Codec.Scaling()
    var reference: Double?
    var expected: Double
    var testDescription: String { name }
  }

  static let vectors: [Vector] = [
    Vector(
      name: "Vaisala humidity, low word first", words: [0x7AE1, 0x41F4], format: .float32, order: .little,
      expected: 30.56),
    Vector(
      name: "Danfoss reference forward", words: [0x4000], format: .int16,
      scaling: .init(scale: 100.0 / 0x4000), expected: 100),
    Vector(
      name: "Danfoss reference reverse", words: [0xC000], format: .int16,
      scaling: .init(scale: 100.0 / 0x4000), expected: -100),
    Vector(
      name: "Siemens drive setpoint", words: [0x1000], format: .int16,
      scaling: .init(scale: 100.0 / 0x4000), expected: 25),
    Vector(
      name: "Biased temperature setpoint", words: [3255], format: .uint16,
      scaling: .init(scale: 0.1, offset: -300), expected: 25.5),
    Vector(
      name: "ebm-papst speed by reference", words: [32000], format: .uint16,
      scaling: .init(referenceDivisor: 64000), reference: 2000, expected: 1000),
    Vector(name: "negative 32 bit", words: [0xFFFF, 0xFFFE], format: .int32, expected: -2),
    Vector(name: "large unsigned 32 bit", words: [0xFFFF, 0xFFFE], format: .uint32, expected: 4_294_967_294),
    Vector(
      name: "energy meter, low word first", words: [0x0002, 0x0001], format: .uint32, order: .little, expected: 65538),
    Vector(name: "double", words: [0x400C, 0, 0, 0], format: .float64, expected: 3.5),
    Vector(name: "negative 64 bit", words: [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], format: .int64, expected: -1),
  ]

  @Test(arguments: vectors)
  func publishedRegistersMeanThePublishedValue(_ vector: Vector) throws {
    let pattern = Codec.pattern(vector.words, at: 0, format: vector.format, wordOrder: vector.order)
    let number = try #require(Codec.number(pattern, format: vector.format))
    #expect(abs(vector.scaling.value(number, reference: vector.reference) - vector.expected) < 1e-4)
  }

  @Test func numbersThatAreNotFiniteAreNoValues() {
    #expect(Codec.number(0x7FFF_FFFF, format: .float32) == nil)
    #expect(Codec.number(0x7F80_0000, format: .float32) == nil)
    #expect(Codec.number(0xFFF0_0000_0000_0000, format: .float64) == nil)
    #expect(Codec.number(0x7F7F_FFFF, format: .float32) != nil)
  }

  @Test(arguments: DeviceProfile.Format.allCases, DeviceProfile.WordOrder.allCases)
  func everyPatternSurvivesTheWayThroughRegisters(
    _ format: DeviceProfile.Format, _ order: DeviceProfile.WordOrder
  ) {
    var random = SplitMix(state: 7)
    let bits = format == .bool ? 1 : 16 * format.registers
    for _ in 0..<500 {
      let pattern = random.next() & (UInt64.max >> UInt64(64 - bits))
      let block = RegisterBlock(pattern: pattern, count: format.registers, wordOrder: order)
      let words = (0..<block.count).map { block[$0] }
      #expect(Codec.pattern(words, at: 0, format: format, wordOrder: order) == pattern)
      // 64-bit integers need more digits than a Double has.
      guard format != .int64, format != .uint64, let number = Codec.number(pattern, format: format) else { continue }
      #expect(Codec.pattern(number, format: format) == pattern)
    }
  }

  @Test(arguments: DeviceProfile.Format.allCases)
  func noDemandHoweverWildLeavesTheCommandsLimits(_ format: DeviceProfile.Format) {
    let wild = [
      0, -0.0, 50, -50, 1e300, -1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude,
      .greatestFiniteMagnitude, 65535.5, -32768.5, 9.3e18, 1.9e19,
    ]
    for demand in wild {
      for scale in [0.01, 1, -0.5, 0, 1e-300] {
        for reference in [nil, 0, 2000, .nan, .infinity] as [Double?] {
          let scaling = Codec.Scaling(scale: scale, referenceDivisor: 64000)
          let pattern = Codec.encode(
            demand, scaling: scaling, reference: reference, rawMin: 0, rawMax: 100, format: format)
          guard let pattern else { continue }
          let number = Codec.number(pattern, format: format)
          #expect(number.map { (0...100).contains($0) } == true)
        }
      }
    }
  }

  @Test func demandsThatAreNoNumbersAreNotEncoded() {
    for demand in [Double.nan, .infinity, -.infinity] {
      let pattern = Codec.encode(
        demand, scaling: .init(), reference: nil, rawMin: 0, rawMax: 100, format: .uint16)
      #expect(pattern == nil)
    }
  }

  @Test func encodingInvertsDecodingWithinOneStep() throws {
    let scaling = Codec.Scaling(scale: 100.0 / 0x4000)
    for tenths in 0...1000 {
      let demand = Double(tenths) / 10
      let pattern = try #require(
        Codec.encode(demand, scaling: scaling, reference: nil, rawMin: 0, rawMax: 0x4000, format: .int16))
      let number = try #require(Codec.number(pattern, format: .int16))
      #expect(abs(scaling.value(number, reference: nil) - demand) <= scaling.scale / 2)
    }
  }

  @Test func currentLoopsScaleLinearlyAndFailByNamurLimits() {
    let loop = CurrentLoop(at4mA: 0, at20mA: 600)
    #expect(loop.value(4) == 0)
    #expect(loop.value(12) == 300)
    #expect(loop.value(20) == 600)
    #expect(CurrentLoop.outcome(3.59) == .wireBreak)
    #expect(CurrentLoop.outcome(3.6) == .good)
    #expect(CurrentLoop.outcome(21) == .good)
    #expect(CurrentLoop.outcome(21.01) == .shortCircuit)
  }
}

/// Steele, Lea and Flood 2014: a seeded generator whose sequence never changes.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
