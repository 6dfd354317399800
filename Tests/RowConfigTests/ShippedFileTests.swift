/// The files under config/ are part of the product: they load without a fault or a warning.

import RowConfig
import Testing

@Suite struct ShippedFileTests {
  @Test(arguments: ["row.demo.yaml", "row.facility-water.yaml", "row.mixed-16.yaml"])
  func shippedRowLoadsWithoutFaultOrWarning(file: String) throws {
    let loaded = try SiteLoader.load(path: "\(Shipped.config)/\(file)", profileDirectories: [Shipped.profiles])
    #expect(loaded.warnings.map(\.description) == [])
  }
}

enum Shipped {
  static let root = String(#filePath.dropLast("/Tests/RowConfigTests/ShippedFileTests.swift".count))
  static let config = "\(root)/config"
  static let profiles = "\(root)/config/profiles"
}
