/// Which device and point serves a role: what the site file and the profiles amount to.
public struct RoleBinding: Sendable, Equatable {
  /// The role with its number, as in `rack.3.flow`.
  public var name: String
  public var role: Role
  /// The number in the name, from 1; 1 where the pattern has none.
  public var number: Int
  /// Index into `Site.devices`.
  public var device: Int
  /// The profile's point (an input role) or command (an output role).
  public var point: String
  /// Tag of the channel, else of the device.
  public var tag: String?
  /// For a current input: the role's value at 4 and at 20 mA. Both or neither.
  public var at4mA: Double?
  public var at20mA: Double?
  /// A 0/1 input that reads 1 − raw.
  public var isInverted = false
}

extension RoleCatalogue {
  /// The role of that name and the number in it; the number may be beyond the role's count.
  public static func find(_ name: String) -> (role: Role, number: Int)? {
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    for role in all {
      let pattern = role.pattern.split(separator: ".")
      guard pattern.count == words.count else { continue }
      var number = 1
      let fits = zip(pattern, words).allSatisfy { expected, word in
        guard expected == "#" else { return expected == word }
        guard let given = Reading.integer(String(word), as: Int.self), given >= 0 else { return false }
        number = given
        return true
      }
      if fits { return (role, number) }
    }
    return nil
  }
}
