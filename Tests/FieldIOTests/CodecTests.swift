import Testing

@testable import FieldIO
import RowConfig

/// Published register contents and what they mean, and the properties that hold for all others.
@Suite struct CodecTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var name: String
    var words: [UInt16]
    var format: DeviceProfile.Format
    var order = DeviceProfile.Order.big
    var bytes = DeviceProfile.Order.big
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
    Vector(name: "low byte first", words: [0x3930], format: .uint16, bytes: .little, expected: 12345),
    Vector(
      name: "float, all four bytes reversed", words: [0x0000, 0x2842], format: .float32, order: .little, bytes: .little,
      expected: 42),
    Vector(name: "binary-coded decimal", words: [0x1234], format: .bcd16, expected: 1234),
    Vector(name: "eight digits", words: [0x0012, 0x3456], format: .bcd32, expected: 123_456),
    Vector(name: "sixteen digits", words: [0x0000, 0x0001, 0x2345, 0x6789], format: .bcd64, expected: 123_456_789),
    Vector(name: "double", words: [0x400C, 0, 0, 0], format: .float64, expected: 3.5),
    Vector(name: "negative 64 bit", words: [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], format: .int64, expected: -1),
  ]

  @Test(arguments: vectors)
  func publishedRegistersMeanThePublishedValue(_ vector: Vector) throws {
    let pattern = Codec.pattern(
      vector.words, at: 0, format: vector.format, wordOrder: vector.order, byteOrder: vector.bytes)
    let number = try #require(Codec.number(pattern, format: vector.format))
    #expect(abs(vector.scaling.value(number, reference: vector.reference) - vector.expected) < 1e-4)
  }

  @Test func numbersThatAreNotFiniteAreNoValues() {
    #expect(Codec.number(0x7FFF_FFFF, format: .float32) == nil)
    #expect(Codec.number(0x7F80_0000, format: .float32) == nil)
    #expect(Codec.number(0xFFF0_0000_0000_0000, format: .float64) == nil)
    #expect(Codec.number(0x7F7F_FFFF, format: .float32) != nil)
  }

  @Test func digitsAboveNineAreNoValue() {
    #expect(Codec.number(0x00A0, format: .bcd16) == nil)
    #expect(Codec.number(0xFFFF_FFFF, format: .bcd32) == nil)
    #expect(Codec.number(0x9999, format: .bcd16) == 9999)
  }

  @Test func whatDoesNotFitTheDigitsIsSentAsTheHighest() {
    #expect(Codec.pattern(12345, format: .bcd16) == 0x9999)
    #expect(Codec.pattern(-1, format: .bcd16) == 0)
    #expect(Codec.pattern(1e30, format: .bcd64) == 0x9999_9999_9999_9999)
  }

  @Test func someBitsOfARegisterAreAValue() {
    #expect(Codec.BitField(bit: 8, count: 8).of(0x52A1) == 0x52)
    #expect(Codec.BitField(bit: 0, count: 1).of(0x52A1) == 1)
    #expect(Codec.BitField(bit: 31, count: 1).of(0x8000_0000) == 1)
    #expect(Codec.BitField(bit: 0, count: 32).of(0x1_FFFF_FFFF) == 0xFFFF_FFFF)
  }

  @Test func textIsReadWithoutWhatPadsIt() {
    let words: [UInt16] = [0x5244, 0x4630, 0x3430, 0x2020, 0x0000]
    #expect(Codec.text(words, at: 0, count: 5) == "RDF040")
    #expect(Codec.text([0x4452, 0x3046], at: 0, count: 2, byteOrder: .little) == "RDF0")
    #expect(Codec.text([0x52FF], at: 0, count: 1) == nil)
    #expect(Codec.text([0], at: 0, count: 1)?.isEmpty == true)
  }

  @Test func whatIsWrittenLowByteFirstIsReadSo() {
    let block = RegisterBlock(pattern: 0x1234_5678, count: 2, wordOrder: .little, byteOrder: .little)
    #expect([block[0], block[1]] == [0x7856, 0x3412])
    #expect(
      Codec.pattern([0x7856, 0x3412], at: 0, format: .uint32, wordOrder: .little, byteOrder: .little) == 0x1234_5678)
  }

  @Test(arguments: DeviceProfile.Format.allCases, DeviceProfile.Order.allCases)
  func everyPatternSurvivesTheWayThroughRegisters(
    _ format: DeviceProfile.Format, _ order: DeviceProfile.Order
  ) {
    var random = SplitMix(state: 7)
    let bits = format == .bool ? 1 : 16 * format.registers
    for _ in 0..<500 {
      let pattern = random.next() & (UInt64.max >> UInt64(64 - bits))
      let block = RegisterBlock(pattern: pattern, count: format.registers, wordOrder: order)
      let words = (0..<block.count).map { block[$0] }
      #expect(Codec.pattern(words, at: 0, format: format, wordOrder: order) == pattern)
      // 64-bit integers need more digits than a Double has; a string is no number.
      guard ![.int64, .uint64, .string].contains(format), let number = Codec.number(pattern, format: format) else {
        continue
      }
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
