/// A window on lent memory, indexed without a bounds check in release builds: what the solver's inner loops need to run
/// at the speed of the same loops in C.
///
/// Why that is safe: every window is cut from one block whose size `MPCSolver.solve` checks against
/// `MPCWorkspace.doubles` before it cuts; every index is made of stage, row and column counters that run to the sizes
/// the block was laid out with; and debug builds, which the tests run, assert each access. Windows live only inside
/// that call.
@safe struct Doubles {
  private let start: UnsafeMutablePointer<Double>
  private let count: Int

  @inline(__always) init(_ memory: UnsafeMutableBufferPointer<Double>, from: Int, count: Int) {
    assert(from >= 0 && count >= 0 && from + count <= memory.count)
    unsafe start = unsafe memory.baseAddress.unsafelyUnwrapped + from
    self.count = count
  }

  @inline(__always) private init(_ start: UnsafeMutablePointer<Double>, _ count: Int) {
    unsafe self.start = unsafe start
    self.count = count
  }

  /// The window from an index on.
  @inline(__always) func from(_ index: Int) -> Doubles {
    assert(index >= 0 && index <= count)
    return unsafe Doubles(start + index, count - index)
  }

  @inline(__always) subscript(index: Int) -> Double {
    get {
      assert(index >= 0 && index < count)
      return unsafe start[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      unsafe start[index] = newValue
    }
  }

  /// Four neighbours as one vector.
  @inline(__always) subscript(four index: Int) -> SIMD4<Double> {
    get {
      assert(index >= 0 && index + 4 <= count)
      return unsafe UnsafeRawPointer(start + index).loadUnaligned(as: SIMD4<Double>.self)
    }
    nonmutating set {
      assert(index >= 0 && index + 4 <= count)
      unsafe UnsafeMutableRawPointer(start + index).storeBytes(of: newValue, as: SIMD4<Double>.self)
    }
  }

  /// A bit mask or a whole number that is kept among the doubles.
  @inline(__always) subscript(bits index: Int) -> UInt64 {
    get { self[index].bitPattern }
    nonmutating set { self[index] = Double(bitPattern: newValue) }
  }
}

extension UInt64 {
  /// Calls `body` with the place of each set bit, lowest first.
  @inline(__always) func forEachBit(_ body: (Int) -> Void) {
    var rest = self
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }

  @inline(__always) subscript(bit: Int) -> Bool { self & (1 &<< UInt64(truncatingIfNeeded: bit)) != 0 }
}
