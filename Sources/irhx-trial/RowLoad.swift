import ArgumentParser
import Trials

/// The load trace as a person names it.
enum RowLoad: ExpressibleByArgument, Equatable {
  case aiMix, step, steady(percent: Double)

  init?(argument: String) {
    switch argument {
    case "ai-mix": self = .aiMix
    case "step": self = .step
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
    case .step: .step(rack: 0, atSecond: 300)
    case .steady(let percent): .steady(percent: percent)
    }
  }
}
