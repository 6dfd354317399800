/// The dense products that most of a solve's time goes into, four rows by four columns at a time so that sums stay in
/// registers. All strides and widths are whole vectors of four.
enum Kernels {
  /// Four rows of four.
  typealias Tile = (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)

  /// Σⱼ X[j, 0…3]ᵀ Y[j, 0…3] over rows `from ..< to`, both windows starting at their row 0.
  @inline(__always) static func tile(
    _ x: Doubles, _ xStride: Int, _ y: Doubles, _ yStride: Int, from: Int, to: Int
  ) -> Tile {
    var c0 = SIMD4<Double>.zero
    var c1 = SIMD4<Double>.zero
    var c2 = SIMD4<Double>.zero
    var c3 = SIMD4<Double>.zero
    var j = from
    var xAt = from &* xStride
    var yAt = from &* yStride
    while j < to {
      let row = y[four: yAt]
      c0 += x[xAt] * row
      c1 += x[xAt &+ 1] * row
      c2 += x[xAt &+ 2] * row
      c3 += x[xAt &+ 3] * row
      xAt &+= xStride
      yAt &+= yStride
      j &+= 1
    }
    return (c0, c1, c2, c3)
  }

  @inline(__always) static func store(_ tile: Tile, _ c: Doubles, _ stride: Int) {
    c[four: 0] = tile.0
    c[four: stride] = tile.1
    c[four: 2 &* stride] = tile.2
    c[four: 3 &* stride] = tile.3
  }

  @inline(__always) static func load(_ c: Doubles, _ stride: Int) -> Tile {
    (c[four: 0], c[four: stride], c[four: 2 &* stride], c[four: 3 &* stride])
  }

  @inline(__always) static func transposed(_ t: Tile) -> Tile {
    let (low0, low1) = (pairs(t.0.lowHalf, t.1.lowHalf), pairs(t.2.lowHalf, t.3.lowHalf))
    let (high0, high1) = (pairs(t.0.highHalf, t.1.highHalf), pairs(t.2.highHalf, t.3.highHalf))
    return (
      SIMD4(lowHalf: low0.0, highHalf: low1.0), SIMD4(lowHalf: low0.1, highHalf: low1.1),
      SIMD4(lowHalf: high0.0, highHalf: high1.0), SIMD4(lowHalf: high0.1, highHalf: high1.1)
    )
  }

  @inline(__always) private static func pairs(
    _ a: SIMD2<Double>, _ b: SIMD2<Double>
  ) -> (SIMD2<Double>, SIMD2<Double>) {
    (SIMD2(a.x, b.x), SIMD2(a.y, b.y))
  }

  /// y += a x.
  @inline(__always) static func add(_ a: Double, _ x: Doubles, to y: Doubles, _ count: Int) {
    var i = 0
    while i < count {
      y[four: i] += a * x[four: i]
      i &+= 4
    }
  }

  @inline(__always) static func dot(_ x: Doubles, _ y: Doubles, _ count: Int) -> Double {
    var sum = SIMD4<Double>.zero
    var i = 0
    while i < count {
      sum += x[four: i] * y[four: i]
      i &+= 4
    }
    return sum.sum()
  }

  @inline(__always) static func copy(_ x: Doubles, to y: Doubles, _ count: Int) {
    var i = 0
    while i < count {
      y[four: i] = x[four: i]
      i &+= 4
    }
  }

  @inline(__always) static func clear(_ x: Doubles, _ count: Int) {
    var i = 0
    while i < count {
      x[four: i] = .zero
      i &+= 4
    }
  }
}
