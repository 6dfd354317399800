/// The lent memory, cut into named windows: what every step of a solve reads and writes. Built anew in each call.
struct MPCMemory {
  let states: Int
  let inputs: Int
  let horizon: Int
  /// Strides: of states, of inputs, of a value function, of a factor row.
  let nx: Int
  let nu: Int
  let nv: Int
  let nf: Int

  // Data.
  let a: Doubles
  let b: Doubles
  let drift: Doubles
  let statePrice: Doubles
  let inputPrice: Doubles
  let stateNow: Doubles
  let stateWeight: Doubles
  let finalWeight: Doubles
  let softWeight: Doubles
  let stateMin: Doubles
  let stateMax: Doubles
  let inputBefore: Doubles
  let inputWeight: Doubles
  let moveWeight: Doubles
  let inputMin: Doubles
  let inputMax: Doubles
  let ramp: Doubles
  // Answer and warm start.
  let u: Doubles
  let x: Doubles
  let price: Doubles
  let softPrice: Doubles
  let set: Doubles
  // Scratch of every solve: box after opening towards u₋₁.
  let low: Doubles
  let high: Doubles
  /// Inputs with one possible value, a mask a stage.
  let fixed: Doubles
  // The linear-quadratic problem of this iteration: diagonals and linear terms on u, on uₖ − uₖ₋₁ and on xₖ₊₁.
  let uDiagonal: Doubles
  let moveDiagonal: Doubles
  let xDiagonal: Doubles
  let uLinear: Doubles
  let moveLinear: Doubles
  let xLinear: Doubles
  /// A held input's part that does not depend on uₖ₋₁: a box value or ± ramp.
  let held: Doubles
  // Riccati: value function of (xₖ₊₁, uₖ), its linear part, factor rows, and the factored linear part.
  let value: Doubles
  let valueLinear: Doubles
  let factor: Doubles
  let factorLinear: Doubles
  /// A by columns: how many entries, in which rows, and their values.
  let columnCount: Doubles
  let columnRow: Doubles
  let columnEntry: Doubles
  // Products within one stage.
  let half: Doubles
  let coupled: Doubles
  let crossed: Doubles
  let inputHessian: Doubles
  let stateHessian: Doubles
  let stateProduct: Doubles
  let vector: Doubles
  // Interior point: per stage what belongs to each limit, and the step.
  let slack: Doubles
  let multiplier: Doubles
  let correction: Doubles
  let gap: Doubles
  let stepU: Doubles
  let stepX: Doubles

  init(_ w: MPCWorkspace, _ memory: UnsafeMutableBufferPointer<Double>) {
    var cut = unsafe Cut(memory)
    let (n, nx, nu) = (w.horizon, w.stateStride, w.inputStride)
    (states, inputs, horizon) = (w.states, w.inputs, n)
    self.nx = nx
    self.nu = nu
    nv = w.valueStride
    nf = w.factorStride
    a = cut.next(nx * nx)
    b = cut.next(nx * nu)
    drift = cut.next(n * nx)
    statePrice = cut.next(n * nx)
    inputPrice = cut.next(n * nu)
    stateNow = cut.next(nx)
    stateWeight = cut.next(nx)
    finalWeight = cut.next(nx)
    softWeight = cut.next(nx)
    stateMin = cut.next(nx)
    stateMax = cut.next(nx)
    inputBefore = cut.next(nu)
    inputWeight = cut.next(nu)
    moveWeight = cut.next(nu)
    inputMin = cut.next(nu)
    inputMax = cut.next(nu)
    ramp = cut.next(nu)
    u = cut.next(n * nu)
    x = cut.next((n + 1) * nx)
    price = cut.next(n * nu)
    softPrice = cut.next(n * nx)
    set = cut.next(n * ActiveSet.words)
    assert(cut.taken == w.scratchStart)
    low = cut.next(n * nu)
    high = cut.next(n * nu)
    fixed = cut.next(n)
    uDiagonal = cut.next(n * nu)
    moveDiagonal = cut.next(n * nu)
    xDiagonal = cut.next(n * nx)
    uLinear = cut.next(n * nu)
    moveLinear = cut.next(n * nu)
    xLinear = cut.next(n * nx)
    held = cut.next(n * nu)
    value = cut.next(n * nv * nv)
    valueLinear = cut.next(n * nv)
    factor = cut.next(n * nu * nf)
    factorLinear = cut.next(n * nu)
    columnCount = cut.next(nx)
    columnRow = cut.next(nx * nx)
    columnEntry = cut.next(nx * nx)
    half = cut.next(nx * nu)
    coupled = cut.next(nx * nu)
    crossed = cut.next(nx * nu)
    inputHessian = cut.next(nu * nu)
    stateHessian = cut.next(nx * nx)
    stateProduct = cut.next(nx * nx)
    vector = cut.next(Self.vectors * nv)
    slack = cut.next(n * 2 * (nu + nv))
    multiplier = cut.next(n * 2 * (nu + nv))
    correction = cut.next(n * 2 * (nu + nv))
    gap = cut.next(n * 2 * (nu + nv))
    stepU = cut.next(n * nu)
    stepX = cut.next((n + 1) * nx)
    assert(cut.taken == w.doubles)
  }

  /// Rows in `vector`.
  static let vectors = 6

  /// The sum of the scratch windows above; `init` asserts it.
  static func scratchSize(_ w: MPCWorkspace) -> Int {
    let (nx, nu, nv, nf) = (w.stateStride, w.inputStride, w.valueStride, w.factorStride)
    let inputRows = 2 + 4 + 1 + 1 + 1
    let perStage = inputRows * nu + 1 + 2 * nx + nv * nv + nv + nu * nf + 8 * (nu + nv)
    return w.perStages(perStage) + nx + 4 * nx * nx + 3 * nx * nu + nu * nu + vectors * nv + (w.horizon + 1) * nx
  }

  /// Cuts one window after the other; `Doubles` says why that is safe.
  @safe private struct Cut {
    private let memory: UnsafeMutableBufferPointer<Double>
    private(set) var taken = 0

    init(_ memory: UnsafeMutableBufferPointer<Double>) { unsafe self.memory = unsafe memory }

    mutating func next(_ count: Int) -> Doubles {
      defer { taken += count }
      return unsafe Doubles(memory, from: taken, count: count)
    }
  }
}
