/// The site file's part that is for the optimiser, declared: who commands, prices, and measured model parameters.

extension Section {
  static var control: Section<Site.Control> {
    Section<Site.Control>(
      "Who gives the loops their setpoints, or moves them itself.", blank: .init(),
      [
        .optional(
          "mode", \.mode, .choice,
          "The constants of this file or the economic optimum, held by PID loops; or predictive control towards it."),
        .optional(
          "shadow", \.shadow, .choice, "Runs beside the mode and publishes what it would set and would have saved."),
      ])
  }

  static var economics: Section<Site.Economics> {
    Section<Site.Economics>(
      "What the optimiser weighs beside pump and fan power.", blank: .init(),
      [
        .optional(
          "leakage_percent_per_k", \.leakagePercentPerK, .number(0...1, "%/K"),
          "Power that a rack draws more with its chips one kelvin hotter; 0: the optimum may heat chips to their limit."
        ),
        .optional(
          "warmer_supply_saves_w_per_k", \.warmerSupplySavesWPerK, .number(0...20_000, "W/K"),
          "What supply one kelvin warmer saves further out: hall air handling, facility water."),
        .optional(
          "facility_power_kw", \.facilityPowerKw, .number(0...500, "kW"),
          "What moves the facility's water through an open valve; absent: 0.5 % of the exchanger's rated heat."),
      ])
  }

  static var model: Section<Site.Model> {
    Section<Site.Model>(
      "Numbers of the row model that were measured at commissioning.", blank: .init(),
      [
        .optional(
          "loop_dp_kpa", \.loopDpKpa, .number(1...600, "kPa"),
          "Headers, filter and coils at the racks' design flows together; absent: a third of the pumps' rated head."),
        .optional(
          "loop_volume_l", \.loopVolumeL, .number(20...20_000, "L"),
          "All coolant; absent: 0.28 L per kW in the racks and 15 s of design flow."),
        .optional(
          "coil_factor", \.coilFactor, .number(0.5...1.5),
          "Effectiveness of coils or plates as a multiple of what their ratings say."),
      ])
  }
}
