import Foundation
import RowConfig
import Testing

/// The files under `Tests/GoldenFrames`, one section a profile. A line is one of:
///
///     read REQUEST > RESPONSE : point=value …          `none` where the bytes mean that there is no value
///     rtu REQUEST > RESPONSE : point=value …           the same with unit and check sum, as a vendor prints them
///     write command=value > REQUEST                    `reset` for the acknowledgement of a trip
///     sequence take_control > REQUEST REQUEST …
///
/// Requests and responses are protocol data units in hexadecimal: function, address, count or data.
struct GoldenSection: Sendable, CustomTestStringConvertible {
  enum Line: Sendable {
    case read(GoldenRead, [(name: String, value: String)])
    case write(name: String, value: String, frame: [UInt8])
    case sequence(DeviceProfile.SequenceKind, [[UInt8]])
  }
  struct Malformed: Error { var line: String }

  var profile: String
  var lines: [Line] = []
  var testDescription: String { profile }

  static let root = String(#filePath.dropLast("/Tests/FieldIOTests/GoldenSection.swift".count))
  static let profiles = "\(root)/config/profiles"

  static func all() throws -> [GoldenSection] {
    let folder = "\(root)/Tests/GoldenFrames"
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".frames") }.sorted()
      .flatMap { try sections(String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
  }

  private static func sections(_ text: String) throws -> [GoldenSection] {
    var sections: [GoldenSection] = []
    for line in text.split(separator: "\n").map(String.init) where !line.hasPrefix("#") {
      if line.hasPrefix("profile ") {
        sections.append(GoldenSection(profile: String(line.dropFirst(8))))
      } else if !sections.isEmpty {
        sections[sections.count - 1].lines.append(try parse(line))
      }
    }
    return sections
  }

  private static func parse(_ line: String) throws -> Line {
    let parts = line.split(separator: ">", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
    guard parts.count == 2, let blank = parts[0].firstIndex(of: " ") else { throw Malformed(line: line) }
    let verb = parts[0][..<blank]
    let subject = String(parts[0][blank...]).trimmingCharacters(in: .whitespaces)
    switch verb {
    case "read", "rtu":
      let reply = parts[1].split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
      guard reply.count == 2 else { throw Malformed(line: line) }
      let request = try bytes(subject)
      var response = try bytes(reply[0])
      if verb == "rtu" {
        guard response.count > 3, Self.checkSum(response.dropLast(2)) == Array(response.suffix(2)) else {
          throw Malformed(line: line)
        }
        response = Array(response.dropFirst().dropLast(2))
      }
      return .read(try GoldenRead(request, response, isRTU: verb == "rtu"), values(reply[1]))
    case "write":
      let pair = values(subject)
      guard pair.count == 1 else { throw Malformed(line: line) }
      return .write(name: pair[0].name, value: pair[0].value, frame: try bytes(parts[1]))
    case "sequence":
      guard let kind = DeviceProfile.SequenceKind(rawValue: subject) else { throw Malformed(line: line) }
      return .sequence(kind, try parts[1].split(separator: " ").map { try bytes(String($0)) })
    default: throw Malformed(line: line)
    }
  }

  /// `a=1 b=two words`.
  private static func values(_ text: String) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for word in text.split(separator: " ") {
      if let equals = word.firstIndex(of: "=") {
        pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
      } else if !pairs.isEmpty {
        pairs[pairs.count - 1].value += " \(word)"
      }
    }
    return pairs
  }

  private static func bytes(_ text: String) throws -> [UInt8] {
    let digits = Array(text)
    guard digits.count % 2 == 0, !digits.isEmpty else { throw Malformed(line: text) }
    return try stride(from: 0, to: digits.count, by: 2).map { at in
      guard let byte = UInt8(String(digits[at...at + 1]), radix: 16) else { throw Malformed(line: text) }
      return byte
    }
  }

  /// CRC-16 of the serial line, low byte first.
  private static func checkSum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var sum: UInt16 = 0xFFFF
    for byte in bytes {
      sum ^= UInt16(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xA001 : sum >> 1 }
    }
    return [UInt8(sum & 0xFF), UInt8(sum >> 8)]
  }
}

/// A read request and its answer.
struct GoldenRead: Sendable, CustomStringConvertible {
  var area: DeviceProfile.Area
  var address: Int
  var count: Int
  /// Registers, or bits as 0 and 1.
  var values: [UInt16]
  var description: String { "\(area.rawValue) \(address) · \(count)" }

  init(_ request: [UInt8], _ response: [UInt8], isRTU: Bool) throws {
    let request = isRTU ? Array(request.dropFirst()) : request
    let areas: [UInt8: DeviceProfile.Area] = [1: .coil, 2: .discrete, 3: .holding, 4: .input]
    guard request.count == 5, response.count > 2, request[0] == response[0], let area = areas[request[0]],
      Int(response[1]) == response.count - 2
    else { throw GoldenSection.Malformed(line: "\(request) \(response)") }
    self.area = area
    address = Int(request[1]) << 8 | Int(request[2])
    count = Int(request[3]) << 8 | Int(request[4])
    let data = response.dropFirst(2)
    if area == .coil || area == .discrete {
      values = data.flatMap { byte in (0..<8).map { UInt16(byte >> UInt8($0) & 1) } }
      values = Array(values.prefix(count))
    } else {
      let bytes = Array(data)
      values = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    }
  }
}
