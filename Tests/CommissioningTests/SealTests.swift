import Commissioning
import Foundation
import Testing

/// Reports cannot be changed unnoticed.
@Suite struct SealTests {
  private static let report = "# Commissioning of row demo\n\n| pump.1 | passed |\n"

  /// A key of its own in a private folder.
  private final class Key {
    let folder = FileManager.default.temporaryDirectory.appending(path: "irhx-key-\(UUID().uuidString)")
    var path: String { folder.appending(path: "key").path }

    init() throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      let tool = Process()
      tool.executableURL = URL(filePath: "/usr/bin/ssh-keygen")
      tool.arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "ada@plant", "-f", path]
      try tool.run()
      tool.waitUntilExit()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }  // ignoring: the system empties that folder

    func signers(_ name: String) throws -> String {
      let file = folder.appending(path: "signers")
      try (name + " " + String(contentsOf: URL(filePath: path + ".pub"), encoding: .utf8))
        .write(to: file, atomically: true, encoding: .utf8)
      return file.path
    }
  }

  @Test func anUnsignedReportSaysSoAndItsDigestHolds() throws {
    let sealed = try Seal.close(Self.report, key: nil)
    #expect(sealed.hasSuffix("Not signed.\n"))
    #expect(try Seal.verify(sealed).signature == .none)
    #expect(try Seal.verify(sealed).isGood(needsSigner: false))
    #expect(try !Seal.verify(sealed).isGood(needsSigner: true))
  }

  @Test func theDigestIsThatOfEverybodysTool() throws {
    // echo -n abc | sha256sum; FIPS 180-2, appendix B.1.
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try Seal.close("abc", key: nil).contains(digest))
  }

  /// OPS-062.
  @Test func anyChangeIsFound() throws {
    let sealed = try Seal.close(Self.report, key: nil)
    #expect(try !Seal.verify(sealed.replacing("passed", with: "failed")).isDigestGood)
    #expect(try !Seal.verify("x" + sealed).isDigestGood)
    #expect(try !Seal.verify(sealed + "| pump.2 | passed |\n").isDigestGood)
  }

  @Test func aTextWithoutASealIsNoReport() {
    #expect(throws: SealFault.notSealed) { try Seal.verify(Self.report) }
  }

  @Test func aSignatureHoldsAndNamesItsKeyAndSigner() throws {
    let key = try Key()
    let sealed = try Seal.close(Self.report, key: key.path)
    let verdict = try Seal.verify(sealed)
    guard case .good(let who) = verdict.signature else {
      Issue.record("\(verdict)")
      return
    }
    #expect(verdict.isDigestGood && who.contains("ED25519"))
    guard case .good(let named) = try Seal.verify(sealed, signers: key.signers("ada@plant")).signature else {
      Issue.record("the signer is not known")
      return
    }
    #expect(named.contains("ada@plant"))
  }

  @Test func whoChangesReportAndDigestStillBreaksTheSignature() throws {
    let key = try Key()
    let sealed = try Seal.close(Self.report, key: key.path)
    let changed = try Seal.close(Self.report.replacing("passed", with: "PASSED"), key: nil)
    let signature = sealed[try #require(sealed.firstRange(of: "Signed (")).lowerBound...]
    let forged = changed.replacing("Not signed.\n", with: signature)
    let verdict = try Seal.verify(forged)
    #expect(verdict.isDigestGood)
    guard case .bad = verdict.signature else {
      Issue.record("\(verdict)")
      return
    }
    #expect(!verdict.isGood(needsSigner: false))
  }

  /// OPS-062.
  @Test func aStrangersSignatureDoesNotCount() throws {
    let (stranger, others) = (try Key(), try Key())
    let sealed = try Seal.close(Self.report, key: stranger.path)
    guard case .bad = try Seal.verify(sealed, signers: others.signers("ada@plant")).signature else {
      Issue.record("a stranger signed and it counts")
      return
    }
  }

  @Test func aKeyThatIsNotThereIsSaid() {
    #expect(throws: SealFault.self) { try Seal.close(Self.report, key: "/nonexistent/key") }
  }
}
