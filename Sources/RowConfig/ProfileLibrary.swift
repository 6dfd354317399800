/// The device profiles a site names, each read and checked once.

internal import FoundationEssentials
internal import Yams

struct ProfileLibrary {
  let directories: [String]
  /// Profiles without a fault, by name.
  private(set) var sound: [String: DeviceProfile] = [:]
  private(set) var faults: [ConfigurationFault] = []
  private(set) var warnings: [ConfigurationFault] = []
  private var opened: Set<String> = []

  init(directories: [String]) { self.directories = directories }

  /// Reads the profile of device `index`, unless it has been read; a name without a file is a fault of the device.
  mutating func open(_ name: String, for index: Int, in reading: inout Reading) {
    let place = "devices[\(index)].profile"
    guard reading.sound(place), !name.isEmpty else { return }
    guard let path = path(of: name) else {
      let near = nearest(to: name, among: known())
      return reading.fault(at: place, .unknownReference(kind: "profile", name: name, nearest: near))
    }
    guard opened.insert(name).inserted else { return }
    let (profile, found) = Self.read(path: path)
    var check = found
    if check.faults.isEmpty, profile.name != name {
      check.fault(at: "name", .contradiction("\(profile.name) stands in the file of \(name)"))
    }
    if check.faults.isEmpty { sound[name] = profile }
    faults += check.faults
    warnings += check.warnings
  }

  static func read(path: String) -> (DeviceProfile, Reading) {
    do throws(ConfigurationFault) {
      return read(bytes: try YAMLText.bytes(ofFile: path), path: path)
    } catch {
      var reading = Reading(file: path)
      reading.adopt(error)
      return (Section<DeviceProfile>.profile.blank, reading)
    }
  }

  static func read(bytes: [UInt8], path: String) -> (DeviceProfile, Reading) {
    let section = Section<DeviceProfile>.profile
    var reading = Reading(file: path)
    do throws(ConfigurationFault) {
      let root = try YAMLText.tree(of: bytes, file: path)
      let profile = section.read(root, at: "", over: section.blank, in: &reading)
      guard reading.sound("") else { return (profile, reading) }
      var check = ProfileCheck(profile: profile, reading: reading)
      check.run()
      return (profile, check.reading)
    } catch {
      reading.adopt(error)
      return (section.blank, reading)
    }
  }

  /// Every sound profile there is, by name; of several of one name the first.
  static func all(in directories: [String]) -> [DeviceProfile] {
    let library = ProfileLibrary(directories: directories)
    return Set(library.known()).sorted().compactMap { name in
      guard let path = library.path(of: name) else { return nil }
      let (profile, found) = read(path: path)
      return found.faults.isEmpty && profile.name == name ? profile : nil
    }
  }

  private func path(of name: String) -> String? {
    guard name.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
    return directories.map { "\($0)/\(name).yaml" }.first { FileManager.default.fileExists(atPath: $0) }
  }

  /// Every profile there is, for naming the nearest.
  private func known() -> [String] {
    func entries(_ directory: String) -> [String] {
      // ignoring: a directory that cannot be listed has no names to offer; the fault stands without a suggestion.
      (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
    return directories.flatMap { directory in
      entries(directory).flatMap { vendor in
        entries("\(directory)/\(vendor)").filter { $0.hasSuffix(".yaml") }.map { "\(vendor)/\($0.dropLast(5))" }
      }
    }
  }
}
