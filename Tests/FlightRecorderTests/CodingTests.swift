import CoolingCore
import Testing

@testable import FlightRecorder

/// What is written comes back, bit for bit, and what was not written is refused.
@Suite struct CodingTests {
  @Test func theCoreIsPlainAndItsLayoutIsTheSameEveryTime() {
    #expect(CoreImage.isPlain && CoreImage.layout.count == 16)
    #expect(CoreImage.layout == CoreImage.layout && RecordingHeader().isOfThisCore)
  }

  @Test func aHeaderComesBack() throws {
    var header = RecordingHeader()
    (header.version, header.row, header.periodMs, header.siteText) = ("9.9", "row1", 100, "irhx: 1\nrow:\n")
    header.inputs[3] = .init(name: "return.temperature.1", unit: "°C")
    header.outputs[8] = .init(name: "rack.1.valve.demand", unit: "%")
    #expect(try RecordingHeader(Array(header.text.utf8)[...]) == header)
    #expect(throws: FormatFault.self) { try RecordingHeader(Array("irhx-recording 2\nsite\n".utf8)[...]) }
  }

  /// Columns of each nature: none, constant, few values, slow counters, noise, the same as another, and every width.
  @Test(arguments: [0, 1, 2, 7, 119, 120])
  func everyKindOfColumnComesBackBitForBit(rows: Int) throws {
    var block = ColumnBlock()
    var words = [UInt64](repeating: 0, count: CycleLayout.count)
    for row in 0..<rows {
      for column in words.indices {
        words[column] =
          switch column % 9 {
          case 0: 0
          case 1: 42
          case 2: UInt64.random(in: 0..<UInt64(2 + column % 70))
          case 3: 1_000_000_007 &* UInt64(row) &+ UInt64.random(in: 0...9)
          case 4: UInt64.random(in: 0...UInt64.max)
          case 5: words[column - 1]
          case 6: (20 + Double.random(in: 0...1e-6)).bitPattern
          case 7: row % 2 == 0 ? UInt64.max : 0
          default: UInt64(bitPattern: -Int64(row))
          }
      }
      block.append(words)
    }
    let decoded = try ColumnBlock(block.encoded()[...])
    #expect(decoded.rows == rows)
    for row in 0..<rows {
      var (before, after) = (words, words)
      block.copy(row: row, into: &before)
      decoded.copy(row: row, into: &after)
      #expect(before == after)
    }
  }

  @Test func agesOfWholeNanosecondsAreKeptAsSuchAndOthersAsTheyAre() {
    for ns in [0, 1, 999, 12_345_678, 3_600_000_000_001] {
      let age = (Double(ns) / 1e9).bitPattern
      #expect(AgeCode.encode(age) == UInt64(ns) && AgeCode.decode(AgeCode.encode(age)) == age)
    }
    for age in [0.1 + 0.2, 1e7 + 0.1, -1, .infinity, .nan, 1.0 / 3] {
      #expect(AgeCode.decode(AgeCode.encode(age.bitPattern)) == age.bitPattern)
    }
  }

  @Test func everyCommandComesBack() throws {
    let cause = CauseInstance(cause: .flowLoss, index: 0)
    let commands: [OperatorCommand] = [
      .acknowledge(nil), .acknowledge(CauseInstance(cause: .pumpFault, index: 3)), .shelve(cause, seconds: 90),
      .unshelve(cause), .setOutOfService(cause, true), .setOutOfService(cause, false), .setMode(.off),
      .setMode(.manual), .setSupplySetpoint(Temperature(celsius: 38.5)), .setDpSetpoint(Pressure(kilopascals: 99)),
      .override(.rackValve(7), value: 12.5, leaseS: 60), .release(.facilityValve), .reset(cause), .reset(nil),
      .bypass(cause, leaseS: 30), .changeOver, .setLayer(.mpc), .setShadow(nil), .setShadow(.pid),
    ]
    for command in commands {
      let (code, a, b, c) = CommandCode.words(command)
      #expect("\(try #require(CommandCode.command(code, a, b, c)))" == "\(command)")
    }
    #expect(CommandCode.command(99, 0, 0, 0) == nil && CommandCode.command(2, 0, 0, 0) == nil)
  }

  @Test func anImageComesBack() throws {
    var core = ControlCycle(settings: Settings())
    let image = CoreImage.bytes(of: &core)
    #expect(try SparseCoder.image(SparseCoder.encode(image: image)[...]) == image)
    #expect(try SparseCoder.image(SparseCoder.encode(image: [1, 2, 3])[...]) == [1, 2, 3])
  }

  /// Any bit of a chunk that is not as it was written ends the file.
  @Test func aChunkWithAnyWrongBitIsNotReturned() {
    let good = Chunk.bytes(.block, Array("some cycles".utf8))
    for bit in 0..<(good.count * 8) {
      var bytes = good
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      var at = 0
      #expect(Chunk.next(bytes, &at) == nil && at == 0, "bit \(bit)")
    }
    for length in 0..<good.count {
      var at = 0
      #expect(Chunk.next(Array(good.prefix(length)), &at) == nil, "length \(length)")
    }
    var at = 0
    #expect(Chunk.next(good, &at)?.content.elementsEqual(Array("some cycles".utf8)) == true && at == good.count)
  }

  /// Content whose checksum holds and that was never written so is refused, not believed.
  @Test func garbageInBlocksAndImagesIsRefused() {
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...400)).map { _ in UInt8.random(in: 0...255) }
      _ = try? ColumnBlock(bytes[...])
      _ = try? SparseCoder.image(bytes[...])
      _ = try? RecordingHeader(bytes[...])
      _ = Tail(Chunk.bytes(.row, bytes))
    }
  }
}
