/// The declaration of a configuration section: its keys, each with its type, range, unit and a sentence. A field names
/// the model property it fills, and the model's own initial value is its default.

internal import Yams

/// The declaration of a mapping with fixed keys that fills an `Owner`.
struct Section<Owner> {
  let doc: String
  /// What an absent section or a new list element starts as: the model's defaults; required values are arbitrary.
  let blank: Owner
  let fields: [Field<Owner>]
  /// Of these keys exactly one must be there.
  let exactlyOne: [String]

  init(_ doc: String, blank: Owner, exactlyOne: [String] = [], _ fields: [Field<Owner>]) {
    self.doc = doc
    self.blank = blank
    self.exactlyOne = exactlyOne
    self.fields = fields
  }

  var shape: SectionShape {
    SectionShape(doc: doc, fields: fields.flatMap { $0.shapes(blank) }, exactlyOne: exactlyOne)
  }

  /// `current` with every key of the mapping applied. Keys in `given` have been supplied elsewhere.
  func read(
    _ node: Node, at path: String, over current: Owner, given: Set<String> = [], in reading: inout Reading
  ) -> Owner {
    let shape = shape
    guard let mapping = reading.mapping(node, at: path, expected: .section(shape)) else { return current }
    let known = shape.fields.map(\.key)
    var given = given
    for (key, _) in mapping where !known.contains(key.string ?? "") {
      let word = Reading.word(of: key)
      let best = nearest(to: word, among: known)
      reading.refuse(key, at: Reading.join(path, word), .unknownKey(nearest: best, known: known))
      // A misspelt key is not missing as well.
      if let best, mapping[best] == nil {
        given.insert(best)
        reading.doubt(Reading.join(path, best))
      }
    }
    if !exactlyOne.isEmpty, exactlyOne.count(where: { mapping[$0] != nil }) != 1 {
      let keys = exactlyOne.joined(separator: " and ")
      reading.refuse(node, at: path, .contradiction("expected exactly one of \(keys)"))
    }
    var owner = current
    for field in fields { field.read(mapping, node, path, given, &owner, &reading) }
    return owner
  }
}

/// One key of a section (or the two keys of a list of units).
struct Field<Owner> {
  let shapes: (_ blank: Owner) -> [FieldShape]
  let read:
    (
      _ mapping: Node.Mapping, _ node: Node, _ path: String, _ given: Set<String>, _ owner: inout Owner,
      _ reading: inout Reading
    ) -> Void

  /// A key that must be there.
  static func required<Value>(
    _ key: String, _ property: WritableKeyPath<Owner, Value>, _ form: Form<Value>, _ doc: String
  ) -> Field {
    Field(
      shapes: { _ in [FieldShape(key: key, doc: doc, shape: form.shape, presence: .required)] },
      read: { mapping, node, path, given, owner, reading in
        let place = Reading.join(path, key)
        guard let value = mapping[key] else {
          if !given.contains(key) { reading.refuse(node, at: place, .missing(expected: form.shape.expectation)) }
          return
        }
        if let read = form.take(value, place, owner[keyPath: property], &reading) { owner[keyPath: property] = read }
      })
  }

  /// A key that may be left out; the model's initial value then holds.
  static func optional<Value>(
    _ key: String, _ property: WritableKeyPath<Owner, Value>, _ form: Form<Value>, _ doc: String
  ) -> Field {
    Field(
      shapes: { blank in
        let standing = form.show(blank[keyPath: property])
        return [FieldShape(key: key, doc: doc, shape: form.shape, presence: .optional(standing: standing))]
      },
      read: { mapping, _, path, _, owner, reading in
        guard let value = mapping[key] else { return }
        let place = Reading.join(path, key)
        if let read = form.take(value, place, owner[keyPath: property], &reading) { owner[keyPath: property] = read }
      })
  }

  /// A key that may be left out and then means nothing is there.
  static func optional<Value>(
    _ key: String, _ property: WritableKeyPath<Owner, Value?>, _ form: Form<Value>, _ doc: String
  ) -> Field {
    Field(
      shapes: { _ in [FieldShape(key: key, doc: doc, shape: form.shape, presence: .optional(standing: nil))] },
      read: { mapping, _, path, _, owner, reading in
        guard let value = mapping[key] else { return }
        let place = Reading.join(path, key)
        if let read = form.take(value, place, owner[keyPath: property], &reading) { owner[keyPath: property] = read }
      })
  }

  /// The version of the file format; nothing in the model.
  static func version(_ key: String, _ version: Int, _ doc: String) -> Field {
    let form = Form<Int>.integer(version...version)
    return Field(
      shapes: { _ in [FieldShape(key: key, doc: doc, shape: form.shape, presence: .required)] },
      read: { mapping, node, path, _, _, reading in
        let place = Reading.join(path, key)
        guard let value = mapping[key] else {
          return reading.refuse(node, at: place, .missing(expected: form.shape.expectation))
        }
        _ = form.take(value, place, version, &reading)
      })
  }

  /// `units:`, a list of like things, and `unit_defaults:`, what they have in common.
  static func units<Element>(
    _ property: WritableKeyPath<Owner, [Element]>, _ section: Section<Element>, _ what: String,
    count: ClosedRange<Int>
  ) -> Field {
    let unit = section.shape
    let shared = unit.shared(by: what)
    return Field(
      shapes: { _ in
        [
          FieldShape(
            key: "unit_defaults", doc: shared.doc, shape: .section(shared), presence: .optional(standing: nil)),
          FieldShape(
            key: "units", doc: "The \(what), in order: the first is number 1.",
            shape: .list(.section(unit.besidesShared), of: what, count), presence: .required),
        ]
      },
      read: { mapping, node, path, _, owner, reading in
        var start = section.blank
        var given: Set<String> = []
        if let defaults = mapping["unit_defaults"] {
          let place = Reading.join(path, "unit_defaults")
          given = Set(defaults.mapping?.keys.compactMap(\.string) ?? [])
          start = section.read(defaults, at: place, over: start, given: Set(unit.fields.map(\.key)), in: &reading)
          if let name = defaults.mapping?["name"] {
            reading.refuse(name, at: Reading.join(place, "name"), .contradiction("a name cannot be shared"))
          }
        }
        let list = Form<[Element]>.list(what, count) { element, place, reading in
          section.read(element, at: place, over: start, given: given, in: &reading)
        } shape: {
          .section(unit)
        }
        let place = Reading.join(path, "units")
        guard let value = mapping["units"] else {
          return reading.refuse(node, at: place, .missing(expected: list.shape.expectation))
        }
        if let units = list.take(value, place, [], &reading) { owner[keyPath: property] = units }
      })
  }
}

extension SectionShape {
  /// The section of what all units have in common: everything but their names, nothing of it required.
  fileprivate func shared(by what: String) -> SectionShape {
    var shared = SectionShape(doc: "What all \(what) have in common; a unit's own key wins.", fields: [])
    for var field in fields where field.key != "name" {
      if case .required = field.presence { field.presence = .optional(standing: nil) }
      shared.fields.append(field)
    }
    return shared
  }

  /// The section of one unit, where what is shared need not be repeated.
  fileprivate var besidesShared: SectionShape {
    var unit = self
    for index in unit.fields.indices where unit.fields[index].key != "name" {
      if case .required = unit.fields[index].presence { unit.fields[index].presence = .requiredOrShared }
    }
    return unit
  }
}
