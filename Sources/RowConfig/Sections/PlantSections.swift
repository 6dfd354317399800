/// The plant's part of the site file, declared: pumps, racks, fan coils, facility valve, and their loops' gains.

extension Section {
  static var pumps: Section<Site.Pumps> {
    Section<Site.Pumps>(
      "The pump group.",
      blank: .init(dpSetpointKpa: 0, dpMinKpa: 0, dpMaxKpa: 0, gains: Section<Site.Gains>.gains.blank, units: []),
      [
        .optional(
          "control", \.control, .choice, "Hold the manifold's differential pressure, or the sum of the racks' flows."),
        .required(
          "dp_setpoint_kpa", \.dpSetpointKpa, .number(5...600, "kPa"),
          "Manifold differential pressure at which every rack gets its design flow."),
        .required(
          "dp_min_kpa", \.dpMinKpa, .number(5...600, "kPa"), "Lowest setpoint the most-open-valve reset may reach."),
        .required("dp_max_kpa", \.dpMaxKpa, .number(5...600, "kPa"), "Highest setpoint the reset may reach."),
        .optional(
          "most_open_valve_percent", \.mostOpenValvePercent, .number(50...100, "%"),
          "The setpoint is trimmed until the most-open rack valve stands here."),
        .optional("speed_min_percent", \.speedMinPercent, .number(0...100, "%"), "A running pump is never slower."),
        .optional("speed_max_percent", \.speedMaxPercent, .number(10...100, "%"), "A running pump is never faster."),
        .optional(
          "slew_percent_per_s", \.slewPercentPerS, .number(0.1...100, "%/s"), "Largest change of a speed demand."),
        .optional(
          "safe_speed_percent", \.safeSpeedPercent, .number(0...100, "%"),
          "Speed on shutdown, on loss of control, and what the drives fall back to by themselves."),
        .optional(
          "minimum_running", \.minimumRunning, .integer(1...RoleCatalogue.pumpsMax, "pumps"),
          "Pumps that run in Auto at the least."),
        .required("gains", \.gains, .section(.gains), "Speed from differential pressure or flow."),
        .units(\.units, .pumpUnit, "pumps", count: 1...RoleCatalogue.pumpsMax),
      ])
  }

  static var pumpUnit: Section<Site.Pumps.Unit> {
    Section<Site.Pumps.Unit>(
      "One pump.",
      blank: .init(name: "", ratedFlowLpm: 0, ratedHeadKpa: 0, shutoffHeadKpa: 0, ratedPowerKw: 0),
      [
        .required("name", \.name, .text(.name), "What people call it."),
        .required("rated_flow_lpm", \.ratedFlowLpm, .number(10...5000, "L/min"), "Flow of the duty point, full speed."),
        .required("rated_head_kpa", \.ratedHeadKpa, .number(10...1000, "kPa"), "Head of the duty point, full speed."),
        .required("shutoff_head_kpa", \.shutoffHeadKpa, .number(10...1500, "kPa"), "Head at zero flow, full speed."),
        .required("rated_power_kw", \.ratedPowerKw, .number(0.1...200, "kW"), "Electrical power at the duty point."),
      ])
  }

  static var racks: Section<Site.Racks> {
    Section<Site.Racks>(
      "The racks.", blank: .init(gains: Section<Site.Gains>.gains.blank, units: []),
      [
        .optional(
          "flow_per_kw_lpm", \.flowPerKwLpm, .number(0.3...5, "L/min per kW"),
          "Flow setpoint per kW of rack power, filtered and peak-held."),
        .optional(
          "power_filter_s", \.powerFilterS, .number(0...60, "s"),
          "Time constant with which cold plate and coolant filter rack power."),
        .optional("peak_hold_s", \.peakHoldS, .number(0...900, "s"), "How long a power peak is held."),
        .optional(
          "flow_floor_percent", \.flowFloorPercent, .number(10...100, "%"),
          "Floor of the flow setpoint, of design flow: a job starts faster than a valve opens."),
        .optional(
          "valve_floor_percent", \.valveFloorPercent, .number(0...100, "%"), "A heated rack's valve never goes below."),
        .optional("valve_stroke_s", \.valveStrokeS, .number(5...300, "s"), "Full travel time of the valve actuators."),
        .required("gains", \.gains, .section(.gains), "Valve position from rack flow."),
        .units(\.units, .rackUnit, "racks", count: 1...RoleCatalogue.racksMax),
      ])
  }

  static var rackUnit: Section<Site.Racks.Unit> {
    Section<Site.Racks.Unit>(
      "One rack.", blank: .init(name: "", ratedKw: 0, designFlowLpm: 0, designDpKpa: 0),
      [
        .required("name", \.name, .text(.name), "What people call it."),
        .required("rated_kw", \.ratedKw, .number(1...300, "kW"), "Heat to liquid at full load."),
        .required("design_flow_lpm", \.designFlowLpm, .number(2...1000, "L/min"), "Flow at full load."),
        .required(
          "design_dp_kpa", \.designDpKpa, .number(5...500, "kPa"),
          "Pressure drop of cold plates, hoses and open valve at design flow."),
        .optional(
          "plate_factor", \.plateFactor, .number(0.5...2),
          "Resistance of its cold plates as a multiple of 16.2 + 8.4 / (L/min per kW) K at rated power."),
        .optional("chip_limit_c", \.chipLimitC, .number(50...120, "°C"), "Highest chip case temperature allowed."),
        .optional(
          "return_max_c", \.returnMaxC, .number(20...100, "°C"),
          "What the rack's plate allows of coolant leaving it; return_high_high_c may not be above."),
        .optional(
          "pressure_max_kpa", \.pressureMaxKpa, .number(50...2500, "kPa"),
          "What the rack's plate allows of gauge pressure; supply_pressure_high_kpa may not be above."),
      ])
  }

  static var fans: Section<Site.Fans> {
    Section<Site.Fans>(
      "The fan coils.", blank: .init(gains: Section<Site.Gains>.gains.blank, units: []),
      [
        .optional("speed_min_percent", \.speedMinPercent, .number(0...100, "%"), "A running fan is never slower."),
        .optional("speed_max_percent", \.speedMaxPercent, .number(10...100, "%"), "A fan is never faster."),
        .optional(
          "slew_percent_per_s", \.slewPercentPerS, .number(0.1...100, "%/s"), "Largest change of a speed demand."),
        .optional(
          "safe_speed_percent", \.safeSpeedPercent, .number(0...100, "%"),
          "Speed on shutdown, on loss of control, and what the fans fall back to by themselves."),
        .required("gains", \.gains, .section(.gains), "Fan speed from supply temperature."),
        .units(\.units, .fanUnit, "fan coils", count: 1...RoleCatalogue.fansMax),
      ])
  }

  static var fanUnit: Section<Site.Fans.Unit> {
    Section<Site.Fans.Unit>(
      "One fan coil.",
      blank: .init(name: "", ratedKw: 0, ratedAirFlowM3PerH: 0, ratedPowerKw: 0, designFlowLpm: 0),
      [
        .required("name", \.name, .text(.name), "What people call it."),
        .required(
          "rated_kw", \.ratedKw, .number(1...500, "kW"), "Heat given to air at full speed and the design point."),
        .required(
          "rated_air_flow_m3_per_h", \.ratedAirFlowM3PerH, .number(100...200_000, "m³/h"), "Air flow at full speed."),
        .required("rated_power_kw", \.ratedPowerKw, .number(0.01...50, "kW"), "Electrical power at full speed."),
        .optional(
          "design_itd_k", \.designItdK, .number(2...60, "K"), "Design point: liquid inlet minus air inlet."),
        .required(
          "design_flow_lpm", \.designFlowLpm, .number(2...2000, "L/min"), "Design point: liquid through this coil."),
      ])
  }

  static var facilityValve: Section<Site.FacilityValve> {
    Section<Site.FacilityValve>(
      "Plate heat exchanger and its control valve.",
      blank: .init(
        ratedKw: 0, designLoopFlowLpm: 0, designFacilityFlowLpm: 0, gains: Section<Site.Gains>.gains.blank),
      [
        .optional(
          "position_min_percent", \.positionMinPercent, .number(0...100, "%"), "The valve never closes further."),
        .optional(
          "slew_percent_per_s", \.slewPercentPerS, .number(0.1...100, "%/s"), "Largest change of the demand."),
        .optional(
          "safe_position_percent", \.safePositionPercent, .number(0...100, "%"),
          "Position on shutdown and on loss of control."),
        .optional("stroke_s", \.strokeS, .number(5...300, "s"), "Full travel time of the actuator."),
        .required("rated_kw", \.ratedKw, .number(10...5000, "kW"), "Heat transferred at the design point, valve open."),
        .optional(
          "design_itd_k", \.designItdK, .number(2...60, "K"), "Design point: loop return minus facility supply."),
        .required(
          "design_loop_flow_lpm", \.designLoopFlowLpm, .number(10...10_000, "L/min"), "Design point: loop flow."),
        .required(
          "design_facility_flow_lpm", \.designFacilityFlowLpm, .number(10...10_000, "L/min"),
          "Design point: facility flow."),
        .required("gains", \.gains, .section(.gains), "Valve position from supply temperature."),
      ])
  }

  static var coolingUnit: Section<Site.CoolingUnit> {
    Section<Site.CoolingUnit>(
      "A cooling unit with pumps, fans and controls of its own.",
      blank: .init(name: "", flowMaxLpm: 0, ratedHeadKpa: 0, ratedKw: 0),
      [
        .required("name", \.name, .text(.name), "What people call it."),
        .required(
          "flow_max_lpm", \.flowMaxLpm, .number(5...5000, "L/min"),
          "Highest flow target; asked for where something is not known. The lowest is the smallest floor of a rack."),
        .required(
          "rated_head_kpa", \.ratedHeadKpa, .number(10...1000, "kPa"), "Head between its connections at that flow."),
        .required(
          "rated_kw", \.ratedKw, .number(1...5000, "kW"), "Heat given away at that flow and the design point."),
        .optional(
          "design_itd_k", \.designItdK, .number(2...60, "K"), "Design point: coolant entering it minus air entering it."
        ),
      ])
  }

  static var gains: Section<Site.Gains> {
    Section<Site.Gains>(
      "A PID loop in ISA standard form, in percent of span.", blank: .init(gain: 1, integralTimeS: 1),
      [
        .required(
          "gain", \.gain, .number(0.01...100, "%/%"),
          "Percent of output span per percent of input span; the direction is fixed by the loop."),
        .required("integral_time_s", \.integralTimeS, .number(0.1...3600, "s"), "Integral time."),
        .optional("derivative_time_s", \.derivativeTimeS, .number(0...600, "s"), "Derivative time; 0: none."),
        .optional(
          "filter_time_s", \.filterTimeS, .number(0...600, "s"), "First-order filter on the measurement; 0: none."),
        .optional(
          "setpoint_weight", \.setpointWeight, .number(0...1), "Weight of the setpoint in the proportional term."),
      ])
  }
}
