/// The part of the report that says how it was done, and its plots.
extension EnergyReport {
  static let rules = """
    ## Fair rules

    1. Everybody has the same plant, instruments and their noise, devices, limits, slews and safeguards. B0 to B3 are
       the production core with other settings: its loops, its feed-forward through the coils' map and its staging make
       them stronger than what they stand for. M has a law of its own and orders through the same safeguards; of its
       trip table it has what a sound row can meet. Its pump gains, percent per L/min of a unit of 150 L/min, are
       scaled to the row's flow.
    2. Constants come from somewhere else than the test. B0: published practice. B1: the design calculation, which is
       dP for the design flow of the most demanding rack plus 8 % for how branches are built, and the highest supply
       temperature less 1 K. B2 and B3: on another day, with another plant and other jobs (seed 101), the cheapest of
       six settings that does not violate. M: as published. irhx: as its site file ships it. Only B1h is chosen on the
       test itself, to bound what tuning constants can do. The bound L knows the true plant.
    3. Nobody may exceed the chip limit of the site file by more than 10 K·s a day, summed over the racks. Who does has
       failed, and so has who leaves Auto. With the twin's cold plates (published for 1 kW modules) the site files'
       limit of 85 °C never binds; so one test, `tight`, limits chips to 68 °C, which is what a published table of flow
       over supply temperature for current racks amounts to with such plates. The racks report no chip temperature.
    4. Warmer chips leak more and live shorter, and most savings warm them: so mean chip temperature (weighted by
       power) stands beside every figure, "leak-adjusted" adds 0.2 % of rack power per kelvin above B0's (an
       assumption: 0.1 … 0.4 % are plausible, and no measured value was found), and `mix-67` is compared at B0's mean
       chip temperature: each controller's own settings are varied (supply temperature; for B1h also dP; for L the
       price of chip temperature), settings that another betters in both are dropped, and straight lines join the rest.
    5. Counted are pumps and fans with their drives (pPUE is 1 + these over rack energy). Not counted: hall air
       handling, facility water, the racks' own fans. Load and air are stated with each test. Hall air is 27 ± 2 °C
       over the day.
    6. True plants: resistances of branches ±8 %, conductance of coils ±9 %, cold plates ±6 %, pumps worn by up to 4 %
       in head and 5 % in efficiency, by the seed; in the sweep in addition the factor in the test's name.
    7. Reversals are turns of the busiest rack valve by more than 1 % of its stroke. The supply's deviation is from the
       setpoint in force.

    The quasi-steady bound L keeps limits on chips, supply (the site's highest setpoint), return, valve floors and
    least speed and number of pumps, takes two-minute means of the load, runs every pump at its own best speed and fans
    at any speed. Its search has two unknowns, supply temperature and flow per kW; a better spread of flows over the
    racks would lower it a little.

    `pid` is the site file's constants: in the demonstration row 40 °C where B1 has 41 °C and what is chosen or
    searched 42 °C, and flow for the present power's peaks. Those 1 to 2 K of supply temperature are why it spends more
    than baselines do at high load; `pid+optimiser` is the same loops without that handicap.

    `mpc` was to spend 5 % less than `pid+optimiser`. Where the site's highest supply setpoint and least dP bind,
    before any chip does, both rest at the same point, and a loop that holds seconds of heat has nothing to shift in
    time; what is left is that the plan moves the fans less and so lets the supply stray more. Near a chip's limit
    (`tight`, and at B0's chip temperature) it saves some 4 %. More would come out of the 4 K kept below a limit that
    no instrument watches, which foresight does not earn: no controller here is told of a step of load before it
    happens. Ten times fewer K·s cannot be shown where the loops exceed no limit either.

    The figures are kept in `energy.json`. `make energy` fails where irhx spends over 1 % more than there, or violates
    more, and where a baseline changes by over 1 % either way; `irhx-trial energy --accept` takes new figures.
    """

  /// File name and SVG text. Empty where the main scenario was not run.
  public var plots: [(name: String, svg: String)] {
    let main = results.runs.filter { $0.scenario == EnergyBench.mainScenario && !$0.minutesKw.isEmpty }
    guard let hours = main.first?.figures.hours else { return [] }
    let tenMinutes = main.map { run in
      SvgPlot.Series(name: run.controller, values: Self.means(run.minutesKw, of: 10))
    }
    let duration = main.map { run in
      SvgPlot.Series(name: run.controller, values: Self.means(run.minutesKw.sorted(by: >), of: 10))
    }
    let day = SvgPlot(
      title: "Pumps and fans over the day (\(EnergyBench.mainScenario), ten-minute means)", xTitle: "hour",
      yTitle: "kW", series: tenMinutes, xRange: 0...hours)
    let curve = SvgPlot(
      title: "Duration: power that is exceeded for a share of the day (\(EnergyBench.mainScenario))",
      xTitle: "% of time", yTitle: "kW", series: duration, xRange: 0...100)
    return [("energy-day.svg", day.text), ("energy-duration.svg", curve.text)] + sweep
  }

  private var sweep: [(name: String, svg: String)] {
    let scenarios = results.scenarios.filter(\.isSweep).map(\.name)
    guard !scenarios.isEmpty else { return [] }
    let names = results.controllers.map(\.name) + [ClairvoyantBound.name]
    let series = names.map { name in
      SvgPlot.Series(
        name: name, values: scenarios.map { results.figures($0, name).first?.meanKw ?? 0 })
    }
    let plot = SvgPlot(
      title: "Plants that differ from their name plates", xTitle: "what differs, %", yTitle: "kW", series: series,
      categories: scenarios)
    return [("energy-sweep.svg", plot.text)]
  }

  private static func means(_ values: [Double], of count: Int) -> [Double] {
    stride(from: 0, to: values.count, by: count).map { start in
      let part = values[start..<min(start + count, values.count)]
      return part.reduce(0, +) / Double(part.count)
    }
  }
}
