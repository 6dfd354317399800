import RowTwin
import Testing

@Suite struct LoadTraceTests {
  private static let ratedKw = Array(repeating: 120.0, count: 8)

  private func rowShare(_ trace: inout LoadTrace, at seconds: Double) -> Double {
    var powerKw = Self.ratedKw
    trace.power(at: seconds, into: &powerKw)
    return powerKw.reduce(0, +) / 960
  }

  @Test func aSteadyLoadStaysAtItsShare() {
    var trace = LoadTrace(.steady(percent: 60), ratedKw: Self.ratedKw, seed: 1)
    var powerKw = Array(repeating: 0.0, count: 8)
    for seconds in [0.0, 17, 86_400] {
      trace.power(at: seconds, into: &powerKw)
      #expect(powerKw == Array(repeating: 72, count: 8))
    }
  }

  @Test func oneRackStepsAtItsSecondAndNoOther() {
    var trace = LoadTrace(.step(rack: 2, atSecond: 100), ratedKw: Self.ratedKw, seed: 1)
    var powerKw = Array(repeating: 0.0, count: 8)
    trace.power(at: 99.9, into: &powerKw)
    #expect(powerKw[2] == 18 && powerKw[1] == 72)
    trace.power(at: 100, into: &powerKw)
    #expect(powerKw[2] == 120 && powerKw[1] == 72)
  }

  @Test func theSameSeedGivesTheSameTraceAtWhateverInstantsItIsRead() {
    var often = LoadTrace(.aiMix, ratedKw: Self.ratedKw, seed: 9)
    var seldom = LoadTrace(.aiMix, ratedKw: Self.ratedKw, seed: 9)
    var fresh = Array(repeating: 0.0, count: 8)
    var rare = fresh
    for tenth in 0..<200_000 {
      often.power(at: Double(tenth) / 10, into: &fresh)
      guard tenth.isMultiple(of: 977) else { continue }
      seldom.power(at: Double(tenth) / 10, into: &rare)
      #expect(fresh == rare)
    }
  }

  @Test func anotherSeedGivesAnotherTrace() {
    var one = LoadTrace(.aiMix, ratedKw: Self.ratedKw, seed: 1)
    var two = LoadTrace(.aiMix, ratedKw: Self.ratedKw, seed: 2)
    #expect((0..<100).contains { rowShare(&one, at: Double($0)) != rowShare(&two, at: Double($0)) })
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func theRowsMeanIsTwoThirdsAndRacksReachTheirRating(seed: UInt64) {
    var trace = LoadTrace(.aiMix, ratedKw: Self.ratedKw, seed: seed)
    var powerKw = Array(repeating: 0.0, count: 8)
    var sum = 0.0
    var highest = 0.0
    var lowest = 1.0
    for second in 0..<86_400 {
      trace.power(at: Double(second) * 1.01, into: &powerKw)
      sum += powerKw.reduce(0, +) / 960
      highest = max(highest, powerKw.max()! / 120)
      lowest = min(lowest, powerKw.min()! / 120)
    }
    #expect((0.60...0.75).contains(sum / 86_400))
    #expect((0.94...1).contains(highest))
    #expect((0.149...0.151).contains(lowest))
  }
}
