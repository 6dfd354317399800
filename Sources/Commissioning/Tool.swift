import FoundationEssentials
import Glibc

/// Runs a program of the system and waits for it. Used for what such programs do better than we would: digests and
/// signatures.
struct Tool {
  /// Its exit status, and what it said on standard output and error.
  var status: Int32
  var output: String

  /// - Parameter input: a file that it reads as its standard input; nil: ours, so that it can ask for a passphrase.
  /// - Throws: `.missing` where there is no such program.
  init(_ name: String, _ arguments: [String], input: String? = nil) throws(SealFault) {
    let folder = FileManager.default.temporaryDirectory
    let said = folder.appending(path: "irhx-\(UUID().uuidString)").path
    // ignoring: what is left in the folder for temporary files is removed by the system.
    defer { _ = unsafe unlink(said) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let input { unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, said, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var child: pid_t = 0
    let fault = unsafe posix_spawnp(&child, name, &actions, nil, &words, environ)
    guard fault != ENOENT else { throw .missing(name) }
    guard fault == 0 else { throw .failed(name, unsafe String(cString: strerror(fault))) }
    var result: Int32 = 0
    while unsafe waitpid(child, &result, 0) < 0 {
      guard errno == EINTR else { throw .failed(name, "was lost") }
    }
    status = result & 0x7F == 0 ? result >> 8 & 0xFF : 128 + (result & 0x7F)
    output = FileManager.default.contents(atPath: said).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
