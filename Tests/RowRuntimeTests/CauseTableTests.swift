import Foundation
import RowRuntime
import Testing

struct CauseTableTests {
  @Test func publishedTableIsTheOneOfTheCode() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let published = try String(contentsOf: root.appending(path: "docs/cause-and-effect.md"), encoding: .utf8)
    #expect(published == CauseTableText.markdown(), "run `irhxd cause-and-effect > docs/cause-and-effect.md`")
  }
}
