import Fuzzing
import Testing

@testable import RowAPI

/// Calls that are almost right, in pieces of any size: each is read or refused, and the stream goes on after it.
@Suite struct FuzzTests {
  private static let samples = [
    #"{"method":"org.irhx.Row.GetState"}"#,
    #"{"method":"org.irhx.Row.WatchState","more":true,"parameters":{}}"#,
    #"{"method":"org.irhx.Row.SetOverride","parameters":{"actuator":"pump.1","value":55.5,"seconds":60,"reason":"é"}}"#,
    #"{"method":"org.varlink.service.GetInterfaceDescription","parameters":{"interface":"org.irhx.Row"}}"#,
  ]
  private static let tokens = [
    "[", "{", "}", "]", ",", ":", "null", "true", "1e999", "-0", "\"", "\\u0000", "\\ud800", "\0", "NaN",
    "9223372036854775808", "\"method\":",
  ]

  private struct Anything: Decodable {
    var value: Double?
    var actuator: String?
    var interface: String?
  }

  @Test func callsThatAreAlmostRightAreReadOrRefused() throws {
    var refused = 0
    try Fuzzing("varlink", samples: Self.samples.map { Array($0.utf8) }, tokens: Self.tokens).run { input in
      do throws(VarlinkError) {
        let call = try VarlinkCall(frame: input)
        #expect(call.interface.count + call.member.count <= call.method.count || !call.method.contains("."))
        _ = try call.parameters(Anything.self)
        _ = try call.parameters([String: JSONValue].self)
      } catch {
        refused += 1
        #expect(error.name == "org.varlink.service.InvalidParameter")
      }
    }
    #expect(refused > 0)
  }

  @Test func streamsAreCutAtTheirNullsInWhateverPiecesTheyCome() throws {
    let samples = Self.samples.map { Array($0.utf8) + [0] }
    try Fuzzing("stream", samples: samples, tokens: ["\0", "\0\0"]).run { input in
      var buffer = FrameBuffer(frameBytesMax: 256)
      var frames: [[UInt8]] = []
      var left = input[...]
      while !left.isEmpty && !buffer.isOversize {
        let piece = left.prefix(min(1 + left.count % 7, buffer.room))
        buffer.append(piece)
        left = left.dropFirst(piece.count)
        while let frame = buffer.next() { frames.append(frame) }
      }
      let expected = input.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
      #expect(frames == Array(expected.prefix(frames.count)))
      #expect(buffer.isOversize || frames.count == expected.count)
    }
  }
}
