public import FlightRecorder
public import RowConfig

extension RecordingHeader {
  /// What a recording of this row says of itself.
  public init(_ loaded: LoadedSite, roles: RoleMap) {
    self.init()
    version = Daemon.version
    row = loaded.site.name
    periodMs = loaded.site.cycle.periodMs
    siteFile = loaded.path
    siteDigest = loaded.digest
    siteText = loaded.text
    var digest = Digest()
    for (name, profile) in loaded.profiles.sorted(by: { $0.key < $1.key }) { digest.add("\(name) \(profile)") }
    profilesDigest = digest.text
    for binding in loaded.bindings {
      let role = Role(name: binding.name, unit: binding.role.unit.rawValue)
      if let slot = roles.inputSlot(binding.name) { inputs[slot] = role }
      if let slot = roles.outputSlot(binding.name) { outputs[slot] = role }
    }
  }
}
