import Dispatch
import Testing

@testable import RowAPI

/// Clients written by others, in other languages, against our protocol code.
@Suite struct IndependentClientTests {
  @Test func goCertificationClientPasses() throws {
    try certify { address in
      try Program.run("varlink-go-certification", ["--client", "--varlink=\(address)"], package: "varlink-go (apt)")
    }
  }

  @Test func pythonCertificationClientPasses() throws {
    try certify { address in
      try Program.run(
        "python3", ["-m", "varlink.tests.test_certification", "--client", "--varlink=\(address)"], package: "python3")
    }
  }

  private func certify(_ client: (_ address: String) throws -> Program) throws {
    let directory = try TemporaryDirectory()
    let interface = Certification()
    let server = try VarlinkServer(listening: try .atPath(directory.path("c.sock")), interface: interface)
    server.start()
    defer {
      server.stop()
      directory.remove()
    }
    let program = try client("unix:\(directory.path("c.sock"))")
    #expect(program.status == 0, "\(program.output)\(program.errors) (python: pip install varlink)")
    #expect(interface.certified == 1)
    #expect(server.counters.errors == 0)
  }

  @Test func pythonClientIntrospectsReadsAndWatchesTheRow() throws {
    try withRig { rig in
      rig.server.publish(Sample.state(cycle: 1))
      let queue = DispatchQueue(label: "cycles")
      let timer = DispatchSource.makeTimerSource(queue: queue)
      timer.schedule(deadline: .now(), repeating: .milliseconds(20))
      let server = rig.server
      nonisolated(unsafe) var cycle = 1
      timer.setEventHandler {
        unsafe cycle += 1
        server.publish(Sample.state(cycle: unsafe cycle))
      }
      timer.activate()
      defer { timer.cancel() }
      let program = try Program.run("python3", ["-c", Self.script, "unix:\(rig.path)"], package: "python3")
      #expect(program.status == 0, "\(program.errors) (pip install varlink)")
      #expect(program.output == "org.irhx.Row ok\n")
    }
  }

  private static let script = """
    import sys, varlink
    with varlink.Client.new_with_address(sys.argv[1]) as client:
        assert client.get_interfaces() or True
        names = list(client.get_interfaces())
        assert "org.irhx.Row" in names, names
        row = client.get_interface("org.irhx.Row")
        methods = [m for m in row.members if m[0].isupper()]
        assert "WatchState" in methods and "ResetTrip" in methods, methods
        with client.open("org.irhx.Row") as connection:
            assert connection.GetInfo()["info"]["product"] == "irhx"
            state = connection.GetState()["state"]
            assert state["mode"] == "auto" and len(state["racks"]) == 8, state
            assert connection.Override("pump.1", 50.0, 60.0, "test") == {}
            try:
                connection.SetMode("sideways")
                sys.exit("an unknown mode was taken")
            except varlink.VarlinkError as error:
                assert error.error() == "org.varlink.service.InvalidParameter", error
            cycles = []
            for reply in connection.WatchState(_more=True):
                cycles.append(reply["state"]["cycle"])
                if len(cycles) == 5:
                    break
            assert cycles == sorted(set(cycles)), cycles
            print(row.name, "ok", flush=True)
    """
}
