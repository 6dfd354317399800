// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 language mode, strict memory safety, and no warning survives.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  // A cycle crosses five libraries: without this each crossing copies what it looks at.
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]
/// Simulation only, where it lives ten thousand times faster than the row: each row has one owner, and debug builds
/// check that no access overlaps another; release builds need not ask again at every field of every simulated device.
let simulated = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]
let strictC: [CSetting] = [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-std=c11"])]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
/// What a row on a virtual clock is made of.
let virtualRow: [Target.Dependency] = ["RowRuntime", "RowTwin", "RowConfig"]
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = strict
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies + [arguments], swiftSettings: strict)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "irhx",
  products: [
    .executable(name: "irhxd", targets: ["irhxd"]),
    .executable(name: "irhxctl", targets: ["irhxctl"]),
    .executable(name: "irhx-sim", targets: ["irhx-sim"]),
    .executable(name: "irhx-trial", targets: ["irhx-trial"]),
  ],
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // C shims: the only code that sees a C library's own types.
    .target(name: "CModbus", cSettings: strictC, linkerSettings: [.linkedLibrary("modbus")]),
    .target(name: "CSystemd", cSettings: strictC, linkerSettings: [.linkedLibrary("systemd")]),
    .target(name: "CPlatform", cSettings: strictC),
    .target(name: "CSQLite", cSettings: strictC, linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "CAllocationProbe", cSettings: strictC),
    // What the field benchmark measures against.
    .target(name: "CFieldPeer", cSettings: strictC, linkerSettings: [.linkedLibrary("modbus")]),

    // The controller.
    library("CoolingCore"),
    library("RowConfig", [yams]),
    // Other projects' register maps into profiles. Apart from RowConfig, which the daemon runs on.
    library("ProfileImport", ["RowConfig", yams, toml]),
    library("FieldIO", ["CModbus", "CPlatform", "RowConfig"]),
    library("RowAPI", ["CPlatform"]),
    library("RowHistory", ["CSQLite"]),
    // Every cycle on the disk, and the core run over it again.
    library("FlightRecorder", ["CoolingCore"]),
    library(
      "RowRuntime",
      ["CoolingCore", "FieldIO", "RowConfig", "RowAPI", "RowHistory", "FlightRecorder", "CSystemd", "CPlatform"]),
    // A row is tried, actuator by actuator, before the daemon gets it.
    library("Commissioning", ["CoolingCore", "RowConfig", "FieldIO", "RowRuntime"]),
    // A loop of a running row is stepped, identified and given gains, through the daemon's API.
    library("LoopTuning", ["RowAPI", "RowConfig"]),

    // The plant, as another vendor would build it, and the only place where both worlds meet.
    library("RowTwin", ["RowConfig"], simulated),
    library(
      "Trials",
      ["RowRuntime", "RowTwin", "RowConfig", "RowAPI", "CoolingCore", "FlightRecorder", "FieldIO", "CFieldPeer"],
      simulated),
    // Problems for the core's solver, and their file.
    library("QPBench", ["CoolingCore"]),

    // Wiring only.
    program("irhxd", ["RowRuntime", "RowConfig", "RowAPI", "FieldIO", "ProfileImport", "Commissioning"]),
    program("irhxctl", ["RowAPI", "FlightRecorder", "CoolingCore", "RowRuntime", "RowConfig", "LoopTuning"]),
    program("irhx-sim", ["RowTwin", "RowConfig"]),
    program(
      "irhx-trial", ["Trials", "QPBench", "RowConfig", "RowRuntime", "FlightRecorder", "CAllocationProbe", "CPlatform"]),

    // Inputs that are almost right, for the tests of whatever reads them.
    .target(name: "Fuzzing", path: "Tests/Fuzzing", swiftSettings: strict),
    tests("CoolingCoreTests", ["CoolingCore", "QPBench"]),
    tests("RowConfigTests", ["RowConfig", "Fuzzing"]),
    tests("ProfileImportTests", ["ProfileImport", "RowConfig"]),
    tests("FieldIOTests", ["FieldIO", "CModbus", "RowConfig", "Fuzzing"]),
    tests("RowAPITests", ["RowAPI", "Fuzzing"]),
    tests("IrhxctlTests", ["irhxctl", "RowAPI"]),
    tests("RowTwinTests", ["RowTwin", "RowConfig", "FieldIO"]),
    tests("RowHistoryTests", ["RowHistory"]),
    tests("FlightRecorderTests", virtualRow + ["FlightRecorder", "Trials", "CoolingCore"]),
    tests("RowRuntimeTests", ["RowRuntime", "RowConfig", "CoolingCore", "FieldIO", "RowAPI", "RowHistory"]),
    tests("CommissioningTests", virtualRow + ["Commissioning", "FieldIO", "CoolingCore"]),
    tests("LoopTuningTests", virtualRow + ["LoopTuning", "Trials", "RowAPI", "CoolingCore"]),
    tests("TrialsTests", virtualRow + ["Trials", "QPBench", "CoolingCore", "FlightRecorder", "CAllocationProbe"]),
    tests(
      "RigTests",
      ["Trials", "RowRuntime", "RowTwin", "RowConfig", "RowAPI", "FieldIO", "FlightRecorder", "CoolingCore"]),
    tests("TidyTests", []),
  ]
)

// The release build of the tests takes only those that need its speed; the Makefile names them.
if let wanted = Context.environment["IRHX_TESTS"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
