/// What the tests of configuration files share: where the shipped files are, a small row that can be edited key by key,
/// and a directory that goes away.

import Foundation
import RowConfig

enum Shipped {
  static let root = String(#filePath.dropLast("/Tests/RowConfigTests/Support.swift".count))
  static let config = "\(root)/config"
  static let profiles = "\(root)/config/profiles"
  static let rows = [
    "row.demo.yaml", "row.facility-water.yaml", "row.large.yaml", "row.mixed-16.yaml", "row.supervised.yaml",
  ]

  static func profilePaths() throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: profiles)
    return paths.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(profiles)/\($0)" }
  }
}

/// A file of configuration as a tree that can be edited by key path; written as JSON, which is YAML.
struct Document {
  private var root: Any

  init(json: String) throws { root = try JSONSerialization.jsonObject(with: Data(json.utf8)) }

  var text: String {
    get throws {
      let data = try JSONSerialization.data(withJSONObject: root, options: [.sortedKeys])
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// Sets the value at `racks.units[0].rated_kw`; nil removes the key. Sections on the way are made.
  mutating func set(_ path: String, _ value: Any?) {
    let steps = path.replacing("[", with: ".[").split(separator: ".").map(String.init)
    root = Self.setting(root, steps[...], value) ?? [:]
  }

  private static func setting(_ node: Any, _ steps: ArraySlice<String>, _ value: Any?) -> Any? {
    guard let step = steps.first else { return value }
    let rest = steps.dropFirst()
    if step.hasPrefix("["), let index = Int(step.dropFirst().dropLast()) {
      var list = node as? [Any] ?? []
      if index == list.count { list.append([String: Any]()) }
      if let new = setting(list[index], rest, value) { list[index] = new } else { list.remove(at: index) }
      return list
    }
    var mapping = node as? [String: Any] ?? [:]
    let start: Any = mapping[step] ?? (rest.first?.hasPrefix("[") == true ? [Any]() as Any : [String: Any]())
    mapping[step] = setting(start, rest, value)
    return mapping
  }
}

/// The smallest row there can be: one pump, one rack, one fan coil.
enum SmallRow {
  static func document() throws -> Document {
    try Document(
      json: """
        {"irhx": 1, "row": {"name": "small", "topology": "liquid-to-air"},
         "supply": {"setpoint_c": 40, "setpoint_min_c": 20, "setpoint_max_c": 42},
         "pumps": {"dp_setpoint_kpa": 100, "dp_min_kpa": 40, "dp_max_kpa": 160, "minimum_running": 1,
           "gains": {"gain": 0.6, "integral_time_s": 4},
           "units": [{"name": "P1", "rated_flow_lpm": 624, "rated_head_kpa": 250, "shutoff_head_kpa": 320,
                      "rated_power_kw": 5.5}]},
         "racks": {"gains": {"gain": 0.5, "integral_time_s": 20},
           "units": [{"name": "R1", "rated_kw": 80, "design_flow_lpm": 104, "design_dp_kpa": 80,
                      "return_max_c": 65, "pressure_max_kpa": 600}]},
         "fans": {"gains": {"gain": 10, "integral_time_s": 50},
           "units": [{"name": "C1", "rated_kw": 90, "rated_air_flow_m3_per_h": 20000, "rated_power_kw": 1.6,
                      "design_flow_lpm": 104}]},
         "buses": [{"name": "all", "tcp": {"host": "127.0.0.1", "port": 1502}}],
         "devices": [
           {"name": "drive", "profile": "danfoss/vlt-fc", "bus": "all", "unit": 1, "serves": "pump.1"},
           {"name": "fan", "profile": "ebm-papst/ec-fan", "bus": "all", "unit": 2, "serves": "fan.1"},
           {"name": "valve", "profile": "belimo/actuator-mod", "bus": "all", "unit": 3, "serves": "rack.1.valve"},
           {"name": "flow", "profile": "siemens/sitrans-mag6000", "bus": "all", "unit": 4, "serves": "rack.1"},
           {"name": "power", "profile": "eastron/sdm630", "bus": "all", "unit": 5, "serves": "rack.1"},
           {"name": "rtd", "profile": "moxa/iologik-e1260", "bus": "all", "unit": 6,
            "channels": {"rtd_0": {"role": "supply.temperature.1"}}},
           {"name": "ai", "profile": "advantech/adam-6017", "bus": "all", "unit": 7,
            "channels": {"ai_0": {"role": "manifold.dp.1", "at_4ma": 0, "at_20ma": 400}}},
           {"name": "air", "profile": "epluse/ee072", "bus": "all", "unit": 8, "serves": "hall"}]}
        """)
  }

  static func load(_ document: Document) throws -> LoadedSite {
    try SiteLoader.load(text: document.text, profileDirectories: [Shipped.profiles])
  }

  /// The faults of the row after some edits, as `key.path: text`; empty when it loads.
  static func faults(_ edits: [(path: String, value: Any?)]) throws -> [String] {
    var document = try document()
    for (path, value) in edits { document.set(path, value) }
    do {
      _ = try load(document)
      return []
    } catch let refusal as ConfigurationFaults {
      return refusal.faults.map { "\($0.keyPath): \($0.problem)" }
    }
  }
}

/// A directory for one test.
final class Scratch {
  let path: String

  init() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "irhx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    path = directory.path
  }

  deinit {
    // ignoring: what cannot be removed is the temporary directory's to clean.
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ name: String, _ text: String) throws -> String {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}
