internal import CPlatform
import Glibc

/// Who is at the other end of a connection, as the kernel recorded it when the connection was made.
public struct Peer: Sendable, Equatable {
  public var uid: UInt32
  /// Primary group.
  public var gid: UInt32
  /// Supplementary groups.
  public var groups: [UInt32]
  public var pid: Int32

  public init(uid: UInt32, gid: UInt32, groups: [UInt32] = [], pid: Int32) {
    self.uid = uid
    self.gid = gid
    self.groups = groups
    self.pid = pid
  }

  /// The user's name, or `uid 1002` where there is none. Asks the system's databases: may take time.
  public var user: String {
    var name = [CChar](repeating: 0, count: 64)
    guard unsafe cplatform_user_name(uid, &name, UInt32(name.count)) == 0 else { return "uid \(uid)" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The peer of a connected Unix socket (`SO_PEERCRED`, `SO_PEERGROUPS`); nil when the kernel does not say.
  static func of(socket fd: Int32) -> Peer? {
    var raw = cplatform_peer()
    guard unsafe cplatform_peer_of(fd, &raw) == 0 else { return nil }
    let groups = unsafe withUnsafeBytes(of: raw.groups) { bytes in
      unsafe Array(bytes.bindMemory(to: UInt32.self).prefix(Int(raw.group_count)))
    }
    return Peer(uid: raw.uid, gid: raw.gid, groups: groups, pid: raw.pid)
  }
}

/// Who may command the row. Root always may; others need a listed user id or membership of a listed group.
public struct AccessRule: Sendable, Equatable {
  public var uids: Set<UInt32>
  public var gids: Set<UInt32>
  /// What a refused peer is told it lacks.
  private var wanted: String

  public init(uids: Set<UInt32> = [], gids: Set<UInt32> = []) {
    self.init(users: uids.sorted().map { ("\($0)", $0) }, groups: gids.sorted().map { ("\($0)", $0) })
  }

  private init(users: [(name: String, id: UInt32)], groups: [(name: String, id: UInt32)]) {
    uids = Set(users.map(\.id))
    gids = Set(groups.map(\.id))
    let accepted = ["user root"] + users.map { "user \($0.name)" } + groups.map { "group \($0.name)" }
    wanted = accepted.joined(separator: " or ")
  }

  /// Looks names up in the system's databases. A name that is unknown there gives nobody rights, and is returned.
  public static func resolve(users: [String], groups: [String]) -> (rule: AccessRule, unknown: [UnknownAccount]) {
    var unknown: [UnknownAccount] = []
    func known(
      _ kind: String, _ names: [String], _ find: (String, inout UInt32) -> Int32
    ) -> [(name: String, id: UInt32)] {
      names.compactMap { name in
        var id: UInt32 = 0
        let outcome = find(name, &id)
        if outcome == 0 { return (name, id) }
        let cause = outcome == -ENOENT ? nil : SystemError(what: "look up \(kind) \(name)", errno: -outcome)
        unknown.append(UnknownAccount(kind: kind, name: name, cause: cause))
        return nil
      }
    }
    let rule = AccessRule(
      users: known("user", users) { unsafe cplatform_user_id($0, &$1) },
      groups: known("group", groups) { unsafe cplatform_group_id($0, &$1) })
    return (rule, unknown)
  }

  public struct UnknownAccount: Sendable, Equatable, CustomStringConvertible {
    public let kind: String
    public let name: String
    public let cause: SystemError?
    public var description: String {
      if let cause { return cause.description }
      return "there is no \(kind) named \(name) on this machine"
    }
  }

  /// Nil when the peer may command the row, else what it lacks.
  func refusal(of peer: Peer) -> String? {
    if peer.uid == 0 || uids.contains(peer.uid) || gids.contains(peer.gid) || !gids.isDisjoint(with: peer.groups) {
      return nil
    }
    return "commands need \(wanted); user id \(peer.uid) with group id \(peer.gid) is none of them"
  }
}
