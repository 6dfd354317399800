import Foundation
import RowConfig
import Testing

@testable import FieldIO

/// Every shipped profile against frames that were written without it: `Tests/GoldenFrames` says which bytes ask for
/// which values, which bytes a device answers with, and what they mean.
///
/// The frames go through the whole field side: plan, requests, codec, dependent points, encoding.
@Suite struct GoldenFrameTests {
  static let sections = Result { try GoldenSection.all() }

  @Test func everyShippedProfileHasFrames() throws {
    let shipped = try FileManager.default.subpathsOfDirectory(atPath: GoldenSection.profiles)
      .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    #expect(try Self.sections.get().map(\.profile).sorted() == shipped.sorted())
  }

  @Test(arguments: try sections.get())
  func bytesStandForTheValuesTheVendorSaysTheyDo(_ section: GoldenSection) throws {
    var golden = try GoldenDevice(section.profile)
    for line in section.lines {
      switch line {
      case .read(let read, let values):
        try golden.answer(read)
        for (name, expected) in values { try golden.expect(name, expected, in: read) }
      case .write(let name, let value, let frame): try golden.expectWrite(name, value, frame)
      case .sequence(let kind, let frames): try golden.expectSequence(kind, frames)
      }
    }
  }

  @Test(arguments: try sections.get())
  func everyPointAndEveryCommandOfARoleIsInAFrame(_ section: GoldenSection) throws {
    let profile = try GoldenDevice(section.profile).profile
    var named: Set<String> = []
    for line in section.lines {
      switch line {
      case .read(_, let values): named.formUnion(values.map(\.name))
      case .write(let name, _, _): named.insert(name)
      case .sequence(let kind, _): named.insert(kind.rawValue)
      }
    }
    let wanted =
      profile.points.map(\.name) + profile.commands.filter { $0.signal != nil }.map(\.name)
      + DeviceProfile.SequenceKind.allCases.filter { !profile.sequences[$0].isEmpty }.map(\.rawValue)
    #expect(wanted.filter { !named.contains($0) } == [])
  }
}

/// A device that answers what the frames so far say, behind the plan of its shipped profile.
struct GoldenDevice {
  let profile: DeviceProfile
  private let link = MemoryLink()
  private static let unit: UInt8 = 1

  init(_ name: String) throws {
    profile = try SiteLoader.loadProfile(path: "\(GoldenSection.profiles)/\(name).yaml")
    link.isSparse = true
  }

  mutating func answer(_ read: GoldenRead) throws {
    #expect(read.values.count == read.count, "\(read) is answered with \(read.values.count) values")
    link.set(Self.unit, read.address, read.values, area: read.area)
  }

  func expect(_ name: String, _ expected: String, in read: GoldenRead) throws {
    let point = try #require(profile.points.first { $0.name == name }, "\(profile.name) has no point \(name)")
    if point.format == .string {
      return #expect(Codec.text(read.values, at: 0, count: read.count, byteOrder: point.byteOrder) == expected)
    }
    let needed = [point.validWhen?.point, point.reference, point.unitFrom?.point].compactMap { $0 }
    let range = read.address..<read.address + read.count
    let isAsked = point.area == read.area && range.contains(point.address)
    #expect(isAsked || !needed.isEmpty, "\(profile.name): \(name) is not in \(read)")
    let found = try value(of: name)
    if expected == "none" {
      #expect(found.outcome == .invalidValue, "\(profile.name): \(name) in \(read)")
      return
    }
    let wanted = try #require(Double(expected))
    // What a Float can tell apart.
    let isEqual = abs(found.value - wanted) <= max(abs(wanted), 1) * 1e-6
    #expect(found.outcome == .good && isEqual, "\(profile.name): \(name) is \(found) in \(read), not \(expected)")
  }

  private func value(of point: String) throws -> FieldValue {
    let device = Fixture.device("d", profile, unit: 1, channels: [.init(point: point, role: "value")])
    let plan = try Fixture.plan([device], [profile], inputs: ["value"])
    let master = BusMaster(plan: plan, link: link)
    var image = [FieldValue()]
    master.scan(now: .seconds(1), into: &image)
    return image[0]
  }

  func expectWrite(_ name: String, _ value: String, _ frame: [UInt8]) throws {
    // Identity and sequences have frames of their own.
    var profile = profile
    profile.identity = []
    profile.sequences = .init()
    let device = Fixture.device("d", profile, unit: 1, channels: [.init(point: name, role: "value")])
    let plan = try Fixture.plan([device], [profile], inputs: [], outputs: ["value"])
    let master = BusMaster(plan: plan, link: link)
    var image: [FieldValue] = []
    var demands = OutputDemands(slots: 1)
    demands.values[0] = value == "reset" ? 0 : try #require(Double(value))
    demands.resetRequested[0] = value == "reset"
    link.frames = []
    master.scan(now: .seconds(1), into: &image)
    master.write(demands, now: .seconds(1))
    #expect(link.frames == [frame], "\(profile.name): \(name) = \(value)")
  }

  func expectSequence(_ kind: DeviceProfile.SequenceKind, _ frames: [[UInt8]]) throws {
    let written = try profile.sequences[kind].compactMap { step -> [UInt8]? in
      guard case .write(let write) = step, let raw = write.raw else { return nil }
      let command = try #require(profile.commands.first { $0.name == write.command })
      return MemoryLink.frame(
        command.area, command.address,
        RegisterBlock(
          pattern: raw, count: command.format.registers, wordOrder: command.wordOrder, byteOrder: command.byteOrder))
    }
    #expect(written == frames, "\(profile.name): \(kind.rawValue)")
  }
}
