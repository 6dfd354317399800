import ArgumentParser
import Trials

/// The load trace as a person names it.
enum RowLoad: ExpressibleByArgument, Equatable {
  case aiMix, steady(percent: Double)
  case step(rack: Int, atSecond: Int)

  init?(argument: String) {
    switch argument {
    case "ai-mix": self = .aiMix
    case "step": self = .step(rack: 1, atSecond: 300)
    case _ where argument.hasPrefix("step="):
      let words = argument.dropFirst(5).split(separator: "@")
      guard words.count == 2, let rack = Int(words[0]), rack >= 1, let second = Int(words[1]) else { return nil }
      self = .step(rack: rack, atSecond: second)
    default:
      guard argument.hasPrefix("steady="), let percent = Double(argument.dropFirst(7)), (0...100).contains(percent)
      else { return nil }
      self = .steady(percent: percent)
    }
  }

  var defaultValueDescription: String { "ai-mix" }

  var kind: VirtualRow.Load {
    switch self {
    case .aiMix: .aiMix
    case .step(let rack, let second): .step(rack: rack - 1, atSecond: Double(second))
    case .steady(let percent): .steady(percent: percent)
    }
  }
}
