/// A picture of the twin for people and scripts: the truth and the positions, in the shape of the row. Units are in
/// the names.
public struct TwinState: Codable, Sendable, Equatable {
  public struct Pump: Codable, Sendable, Equatable {
    public var name: String
    public var speedPercent: Double
    public var flowLpm: Double
    public var powerKw: Double
  }
  public struct Rack: Codable, Sendable, Equatable {
    public var name: String
    public var powerKw: Double
    public var flowLpm: Double
    public var valvePercent: Double
    public var returnTemperatureC: Double
    public var chipTemperatureC: Double
    public var isPermitted: Bool
  }
  public struct Fan: Codable, Sendable, Equatable {
    public var name: String
    public var speedPercent: Double
    public var powerKw: Double
    /// Isolating valve of its coil; open where it has none.
    public var coilValvePercent: Double
  }

  public var row: String
  public var timeS: Double
  public var supplyTemperatureC: Double
  public var returnTemperatureC: Double
  public var manifoldDpKpa: Double
  public var supplyPressureKpa: Double
  public var rowFlowLpm: Double
  public var levelPercent: Double
  public var hallTemperatureC: Double
  public var hallDewPointC: Double
  /// nil in a liquid-to-air row.
  public var facilityValvePercent: Double?
  public var pumps: [Pump]
  public var racks: [Rack]
  public var fans: [Fan]
  public var faults: [String]
}

extension TwinState {
  /// The twin as it stands now.
  public init(of twin: Twin) {
    let truth = twin.truth
    let positions = twin.positions
    row = twin.site.name
    timeS = twin.timeS
    supplyTemperatureC = truth.supplyTemperatureC
    returnTemperatureC = truth.returnTemperatureC
    manifoldDpKpa = truth.manifoldDpKpa
    supplyPressureKpa = truth.supplyPressureKpa
    rowFlowLpm = truth.rowFlowLpm
    levelPercent = truth.levelPercent
    hallTemperatureC = truth.hallTemperatureC
    hallDewPointC = truth.hallDewPointC
    facilityValvePercent = twin.site.topology == .facilityWater ? positions.facilityValve * 100 : nil
    pumps = twin.site.pumps.units.enumerated().map { index, unit in
      Pump(
        name: unit.name, speedPercent: positions.pumpSpeed[index] * 100, flowLpm: truth.pumpFlowLpm[index],
        powerKw: truth.pumpPowerKw[index])
    }
    racks = twin.site.racks.units.enumerated().map { index, unit in
      Rack(
        name: unit.name, powerKw: truth.rackPowerKw[index], flowLpm: truth.rackFlowLpm[index],
        valvePercent: positions.rackValve[index] * 100, returnTemperatureC: truth.rackReturnTemperatureC[index],
        chipTemperatureC: truth.chipTemperatureC[index], isPermitted: positions.rackPermit[index])
    }
    fans = (twin.site.fans?.units ?? []).enumerated().map { index, unit in
      Fan(
        name: unit.name, speedPercent: positions.fanSpeed[index] * 100, powerKw: truth.fanPowerKw[index],
        coilValvePercent: positions.coilValve[index] * 100)
    }
    faults = twin.faults.map(\.description)
  }
}
