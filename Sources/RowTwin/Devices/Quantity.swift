/// What a simulated transmitter can measure, and how such transmitters behave. A channel of the site file names it by
/// its role. Lag and noise: sheathed Pt100 in water 4.5 s, in air 30 s; electromagnetic flow 1 s; dP 0.1 s; typical
/// noise 0.03 K, 0.3 kPa, 3 L/min on a row's flow.
enum Quantity: Hashable {
  case supplyTemperature, returnTemperature, manifoldDp, supplyPressure, returnPressure, rowFlow, filterDp, level
  case hallTemperature, hallHumidity, hallDewPoint, coilAirOut
  case facilityTemperature, facilityReturnTemperature, facilityFlow
  /// The row's flow by the meter inside a cooling unit.
  case unitFlow
  case rackFlow(Int)
  case rackPower(Int)
  case rackReturnTemperature(Int)
  case chipTemperature(Int)
  case pumpPower(Int)
  case fanPower(Int)

  /// Lag s, standard deviation of the noise, and of the fixed error a transmitter is delivered with (offset in the
  /// quantity's unit, gain as a share of the reading).
  struct Behaviour {
    var lagS: Double
    var noise: Double
    var offset: Double = 0
    var gain: Double = 0
  }

  var behaviour: Behaviour {
    switch self {
    case .supplyTemperature, .returnTemperature, .rackReturnTemperature, .facilityTemperature,
      .facilityReturnTemperature:
      Behaviour(lagS: 4.5, noise: 0.03, offset: 0.05)
    case .hallTemperature, .coilAirOut: Behaviour(lagS: 30, noise: 0.1, offset: 0.1)
    case .hallDewPoint: Behaviour(lagS: 30, noise: 0.1, offset: 0.1)
    case .hallHumidity: Behaviour(lagS: 30, noise: 0.3, offset: 0.5)
    case .manifoldDp, .filterDp: Behaviour(lagS: 0.1, noise: 0.3, gain: 0.0025)
    case .supplyPressure, .returnPressure: Behaviour(lagS: 0.1, noise: 0.5, gain: 0.0025)
    case .rowFlow, .facilityFlow: Behaviour(lagS: 1, noise: 3, gain: 0.005)
    case .rackFlow, .unitFlow: Behaviour(lagS: 1, noise: 0.5, gain: 0.005)
    case .level: Behaviour(lagS: 2, noise: 0.1)
    case .rackPower: Behaviour(lagS: 0.5, noise: 0.05, gain: 0.0025)
    case .chipTemperature: Behaviour(lagS: 1, noise: 0.1)
    case .pumpPower, .fanPower: Behaviour(lagS: 0.5, noise: 0)
    }
  }

  func value(in truth: borrowing PlantTruth) -> Double {
    switch self {
    case .supplyTemperature: truth.supplyTemperatureC
    case .returnTemperature: truth.returnTemperatureC
    case .manifoldDp: truth.manifoldDpKpa
    case .supplyPressure: truth.supplyPressureKpa
    case .returnPressure: truth.returnPressureKpa
    case .rowFlow, .unitFlow: truth.rowFlowLpm
    case .filterDp: truth.filterDpKpa
    case .level: truth.levelPercent
    case .hallTemperature: truth.hallTemperatureC
    case .hallHumidity: truth.hallHumidityPercent
    case .hallDewPoint: truth.hallDewPointC
    case .coilAirOut: truth.coilAirOutC
    case .facilityTemperature: truth.facilityTemperatureC
    case .facilityReturnTemperature: truth.facilityReturnTemperatureC
    case .facilityFlow: truth.facilityFlowLpm
    case .rackFlow(let rack): truth.rackFlowLpm[rack]
    case .rackPower(let rack): truth.rackPowerKw[rack]
    case .rackReturnTemperature(let rack): truth.rackReturnTemperatureC[rack]
    case .chipTemperature(let rack): truth.chipTemperatureC[rack]
    case .pumpPower(let pump): truth.pumpPowerKw[pump]
    case .fanPower(let fan): truth.fanPowerKw[fan]
    }
  }

  var isFlow: Bool {
    switch self {
    case .rowFlow, .facilityFlow, .unitFlow, .rackFlow: true
    default: false
    }
  }

  /// The value as an instrument set to the wrong unit gives it: °F for °C, psi for kPa, US gallons for L, W for kW, a
  /// share for percent.
  func inAnotherUnit(_ value: Double) -> Double {
    switch self {
    case .supplyTemperature, .returnTemperature, .hallTemperature, .hallDewPoint, .coilAirOut, .facilityTemperature,
      .facilityReturnTemperature, .rackReturnTemperature, .chipTemperature:
      value * 1.8 + 32
    case .manifoldDp, .supplyPressure, .returnPressure, .filterDp: value * 0.145_038
    case .rowFlow, .facilityFlow, .unitFlow, .rackFlow: value * 0.264_172
    case .rackPower, .pumpPower, .fanPower: value * 1000
    case .level, .hallHumidity: value / 100
    }
  }

  /// The quantity behind a role such as `supply.temperature.2` or `rack.3.flow`; nil for a role nothing measures.
  init?(role: String) {
    let words = role.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    switch words.count {
    case 2:
      guard let quantity = Self.plain[role] else { return nil }
      self = quantity
    case 3:
      if let quantity = Self.plain[words[0] + "." + words[1]], Int(words[2]) != nil {
        self = quantity
      } else if words[0] == "rack", let number = Int(words[1]), number >= 1 {
        switch words[2] {
        case "flow": self = .rackFlow(number - 1)
        case "power": self = .rackPower(number - 1)
        case "return_temperature": self = .rackReturnTemperature(number - 1)
        case "chip_temperature": self = .chipTemperature(number - 1)
        default: return nil
        }
      } else {
        return nil
      }
    default: return nil
    }
  }

  private static let plain: [String: Quantity] = [
    "supply.temperature": .supplyTemperature, "return.temperature": .returnTemperature,
    "manifold.dp": .manifoldDp, "supply.pressure": .supplyPressure, "return.pressure": .returnPressure,
    "row.flow": .rowFlow, "filter.dp": .filterDp, "reservoir.level": .level,
    "hall.temperature": .hallTemperature, "hall.humidity": .hallHumidity, "hall.dew_point": .hallDewPoint,
    "facility.temperature": .facilityTemperature, "facility.flow": .facilityFlow,
  ]
}
