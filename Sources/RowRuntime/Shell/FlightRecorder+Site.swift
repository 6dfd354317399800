import FlightRecorder
import RowConfig

extension FlightRecorder {
  /// The row's recorder; nil where its site file wants none.
  convenience init?(_ loaded: LoadedSite, _ roles: RoleMap, stateDirectory: String, _ journal: Journal) {
    guard loaded.site.recorder.maxMb > 0 else { return nil }
    let folder = "\(stateDirectory)/\(Self.folderName)"
    self.init(
      folder: folder, bytesMax: loaded.site.recorder.maxMb * 1_000_000,
      header: RecordingHeader(loaded, roles: roles)
    ) { journal.log($0, recorder: folder) }
  }
}
