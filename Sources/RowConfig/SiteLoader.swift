/// From a site file and the device profiles it names to typed settings, or to every fault at once.

internal import Yams

/// A row's configuration after every check has passed.
public struct LoadedSite: Sendable, Equatable {
  public var path: String
  public var site: Site
  /// The profiles the site's devices name, by name.
  public var profiles: [String: DeviceProfile]
  /// Every role that is served, by which device and point: inputs and outputs, in the devices' order.
  public var bindings: [RoleBinding]
  /// Worth a person's look, but no reason to refuse; sorted by position.
  public var warnings: [ConfigurationFault]
  /// FNV-1a (64 bit, hexadecimal) of the site file's bytes: tells two versions of a file apart in a log.
  public var digest: String
  /// The site file as it was read.
  public var text: String
}

/// Reads site files and profiles; every fault is reported in one run.
public enum SiteLoader {
  /// Every profile in these folders that has no fault, by name; of several of one name the first folder's.
  public static func profiles(in directories: [String]) -> [DeviceProfile] { ProfileLibrary.all(in: directories) }

  /// Where profiles are looked for when nobody says: beside the site file, then where they are installed.
  public static func profileFolders(beside path: String) -> [String] {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return [folder + "profiles", "/etc/irhx/profiles", "/usr/local/share/irhx/profiles", "/usr/share/irhx/profiles"]
  }

  /// Reads and checks the site file at `path`. Profiles are looked up as `<directory>/<vendor>/<device>.yaml`; the
  /// first directory that has one wins.
  /// - Throws: every fault of the site file and of its profiles; nothing is loaded then.
  public static func load(path: String, profileDirectories: [String]) throws(ConfigurationFaults) -> LoadedSite {
    let bytes: [UInt8]
    do { bytes = try YAMLText.bytes(ofFile: path) } catch { throw ConfigurationFaults(sorting: [error]) }
    return try load(bytes: bytes, path: path, profileDirectories: profileDirectories)
  }

  /// The same from text already at hand; `path` names it in faults.
  public static func load(
    text: String, path: String = "site.yaml", profileDirectories: [String]
  ) throws(ConfigurationFaults) -> LoadedSite {
    try load(bytes: Array(text.utf8), path: path, profileDirectories: profileDirectories)
  }

  private static func load(
    bytes: [UInt8], path: String, profileDirectories: [String]
  ) throws(ConfigurationFaults) -> LoadedSite {
    let root: Node
    do { root = try YAMLText.tree(of: bytes, file: path) } catch { throw ConfigurationFaults(sorting: [error]) }
    var reading = Reading(file: path)
    let section = Section<Site>.site
    var site = section.read(root, at: "", over: section.blank, in: &reading)
    if let unit = site.coolingUnit, site.topology == .supervisedCdu { site.pumps = Site.Pumps(unit, site.racks) }
    guard reading.sound("") else { throw ConfigurationFaults(sorting: reading.faults) }

    var library = ProfileLibrary(directories: profileDirectories)
    for index in site.devices.indices { library.open(site.devices[index].profile, for: index, in: &reading) }

    var check = SiteCheck(site: site, profiles: library.sound, reading: reading)
    check.run()
    let faults = check.reading.faults + library.faults
    guard faults.isEmpty else { throw ConfigurationFaults(sorting: faults) }
    return LoadedSite(
      path: path, site: site, profiles: library.sound, bindings: check.bindings,
      warnings: (check.reading.warnings + library.warnings).sortedByPosition(), digest: digest(of: bytes),
      text: String(decoding: bytes, as: UTF8.self))
  }

  /// Reads and checks one profile file by itself.
  /// - Throws: every fault of the file.
  public static func loadProfile(path: String) throws(ConfigurationFaults) -> DeviceProfile {
    let (profile, reading) = ProfileLibrary.read(path: path)
    guard reading.faults.isEmpty else { throw ConfigurationFaults(sorting: reading.faults) }
    return profile
  }

  /// The same from text already at hand; `path` names it in faults.
  public static func loadProfile(text: String, path: String = "profile.yaml") throws(ConfigurationFaults)
    -> DeviceProfile
  {
    let (profile, reading) = ProfileLibrary.read(bytes: Array(text.utf8), path: path)
    guard reading.faults.isEmpty else { throw ConfigurationFaults(sorting: reading.faults) }
    return profile
  }

  private static func digest(of bytes: [UInt8]) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
