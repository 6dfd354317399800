/// What the walk needs of the world: time and a person. A test's are virtual.

public protocol Pace: AnyObject {
  var now: Duration { get }
  /// Returns at `deadline`, or sooner when the walk is to end.
  func wait(until deadline: Duration)
  /// Somebody wants the walk to end.
  var isInterrupted: Bool { get }
}

public protocol Operator: AnyObject {
  /// Tells how the walk goes on, one line at a time.
  func hear(_ line: String)
  /// Puts a question to be answered with yes or no.
  func ask(_ question: String)
  /// The answer to the last question; nil: not yet. Asked once a cycle: outputs are renewed while a person thinks.
  func answer() -> Bool?
}
