/// How one value is read from YAML: its shape, and the reading that the shape promises.

internal import Yams

struct Form<Value> {
  let shape: Shape
  /// The value, or nil after a fault was noted. `current` is what a section starts from.
  let take: (_ node: Node, _ path: String, _ current: Value?, _ reading: inout Reading) -> Value?
  /// A default as YAML; nil where there is nothing to show.
  let show: (Value) -> String?
}

extension Form where Value == Double {
  static func number(_ range: ClosedRange<Double>, _ unit: String = "") -> Form {
    let shape = Shape.number(range, unit: unit)
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let text = reading.plainText(node, at: path, expected: shape) else { return nil }
        guard let value = Reading.number(text) else { return reading.refuseType(node, at: path, expected: shape) }
        guard range.contains(value) else {
          return reading.refuse(node, at: path, .outOfRange(value: value, range: range, unit: unit))
        }
        return reading.note(value, node, at: path)
      },
      show: { plain($0) })
  }
}

extension Form where Value: FixedWidthInteger {
  static func integer(_ range: ClosedRange<Int>, _ unit: String = "") -> Form {
    let shape = Shape.integer(range, unit: unit)
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let text = reading.plainText(node, at: path, expected: shape) else { return nil }
        guard let value = Reading.integer(text, as: Int.self) else {
          return reading.refuseType(node, at: path, expected: shape)
        }
        guard range.contains(value), let exact = Value(exactly: value) else {
          let bounds = Double(range.lowerBound)...Double(range.upperBound)
          return reading.refuse(node, at: path, .outOfRange(value: Double(value), range: bounds, unit: unit))
        }
        return reading.note(exact, node, at: path)
      },
      show: { String($0) })
  }
}

extension Form where Value == UInt64 {
  /// A raw register pattern.
  static var pattern: Form {
    Form(
      shape: .pattern,
      take: { node, path, _, reading in
        guard let text = reading.plainText(node, at: path, expected: .pattern) else { return nil }
        guard let value = Reading.integer(text, as: UInt64.self) else {
          return reading.refuseType(node, at: path, expected: .pattern)
        }
        return reading.note(value, node, at: path)
      },
      show: { String($0) })
  }
}

extension Form where Value == Bool {
  static var flag: Form {
    Form(
      shape: .flag,
      take: { node, path, _, reading in
        guard let text = reading.plainText(node, at: path, expected: .flag) else { return nil }
        guard let value = Bool(text) else { return reading.refuseType(node, at: path, expected: .flag) }
        return reading.note(value, node, at: path)
      },
      show: { String($0) })
  }
}

extension Form where Value == String {
  static func text(_ wording: Wording) -> Form {
    let shape = Shape.text(wording)
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let text = node.scalar?.string, wording.accepts(text) else {
          return reading.refuseType(node, at: path, expected: shape)
        }
        return reading.note(text, node, at: path)
      },
      show: { $0 })
  }
}

extension Form where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
  static var choice: Form {
    let shape = Shape.choice(Value.allCases.map(\.rawValue))
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let text = node.scalar?.string, let value = Value(rawValue: text) else {
          return reading.refuseType(node, at: path, expected: shape)
        }
        return reading.note(value, node, at: path)
      },
      show: { $0.rawValue })
  }
}

extension Form {
  static func section(_ section: Section<Value>) -> Form {
    Form(
      shape: .section(section.shape),
      take: { node, path, current, reading in
        section.read(node, at: path, over: current ?? section.blank, in: &reading)
      },
      show: { _ in nil })
  }

  /// A list of simple values.
  static func list<Element>(_ what: String, _ count: ClosedRange<Int>, of form: Form<Element>) -> Form
  where Value == [Element] {
    .list(what, count) { node, place, reading in
      form.take(node, place, nil, &reading)
    } shape: {
      form.shape
    }
  }

  /// A list of sections.
  static func list<Element>(_ what: String, _ count: ClosedRange<Int>, of section: Section<Element>) -> Form
  where Value == [Element] {
    .list(what, count) { node, place, reading in
      section.read(node, at: place, over: section.blank, in: &reading)
    } shape: {
      .section(section.shape)
    }
  }

  static func list<Element>(
    _ what: String, _ count: ClosedRange<Int>,
    element: @escaping (_ node: Node, _ path: String, _ reading: inout Reading) -> Element?,
    shape elementShape: () -> Shape
  ) -> Form where Value == [Element] {
    let shape = Shape.list(elementShape(), of: what, count)
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let sequence = node.sequence else { return reading.refuseType(node, at: path, expected: shape) }
        guard count.contains(sequence.count) else {
          return reading.refuse(node, at: path, .wrongCount(found: sequence.count, range: count, of: what))
        }
        reading.locate(node, at: path)
        return sequence.enumerated().compactMap { element($1, "\(path)[\($0)]", &reading) }
      },
      show: { $0.isEmpty ? nil : "\($0)" })
  }

  /// A mapping from names to sections, read as a list in the file's order; the name goes into a property of each.
  static func table<Element>(
    _ what: String, _ count: ClosedRange<Int>, named name: WritableKeyPath<Element, String>,
    of section: Section<Element>
  ) -> Form where Value == [Element] {
    let shape = Shape.table(section.shape, keys: what, count)
    return Form(
      shape: shape,
      take: { node, path, _, reading in
        guard let mapping = reading.mapping(node, at: path, expected: shape) else { return nil }
        guard count.contains(mapping.count) else {
          return reading.refuse(node, at: path, .wrongCount(found: mapping.count, range: count, of: what))
        }
        return mapping.map { key, value in
          let word = Reading.word(of: key)
          let place = Reading.join(path, word)
          if !Wording.name.accepts(word) {
            reading.refuseType(key, at: place, expected: .text(.name)) as Void?
          }
          var element = section.blank
          element[keyPath: name] = word
          return section.read(value, at: place, over: element, in: &reading)
        }
      },
      show: { _ in nil })
  }
}
