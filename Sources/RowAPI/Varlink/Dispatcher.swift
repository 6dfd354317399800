/// Finds who answers a call: the interface, or the server itself for `org.varlink.service`.
struct Dispatcher {
  let interface: any VarlinkInterface
  private let name: String
  private let methods: Set<String>
  private let mailbox: Mailbox

  init(interface: any VarlinkInterface, mailbox: Mailbox) {
    self.interface = interface
    self.mailbox = mailbox
    do {
      let definition = try InterfaceDefinition(interface.definition)
      name = definition.name
      methods = Set(definition.methods)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  func answer(_ call: VarlinkCall, from peer: Peer, later: VarlinkExchange) -> VarlinkAnswer {
    switch call.interface {
    case "org.varlink.service":
      do throws(VarlinkError) {
        return try describe(call)
      } catch {
        return .failure(error)
      }
    case name[...]:
      guard methods.contains(String(call.member)) else { return .failure(.methodNotFound(call.method)) }
      return interface.answer(call, from: peer, later: later)
    default: return .failure(.interfaceNotFound(call.interface))
    }
  }

  private func describe(_ call: VarlinkCall) throws(VarlinkError) -> VarlinkAnswer {
    struct Info: Encodable {
      var vendor, product, version, url: String
      var interfaces: [String]
    }
    struct Wanted: Decodable {
      var interface: String
    }
    let unencodable = VarlinkError.methodNotImplemented(call.method)
    switch call.member {
    case "GetInfo":
      let identity = interface.identity
      let info = Info(
        vendor: identity.vendor, product: identity.product, version: identity.version, url: identity.url,
        interfaces: ["org.varlink.service", name])
      return .reply(info, otherwise: unencodable)
    case "GetInterfaceDescription":
      switch try call.parameters(Wanted.self).interface {
      case name: return .reply(["description": interface.definition], otherwise: unencodable)
      case "org.varlink.service": return .reply(["description": Self.service], otherwise: unencodable)
      case let other: return .failure(.interfaceNotFound(other))
      }
    default: return .failure(.methodNotFound(call.method))
    }
  }

  /// The definition of `org.varlink.service`, as varlink.org states it.
  static let service = """
    # What every Varlink service offers: who it is, and which interfaces it serves.
    interface org.varlink.service

    # Who this is, and the names of its interfaces.
    method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)

    # The definition of one interface.
    method GetInterfaceDescription(interface: string) -> (description: string)

    # There is no such interface here.
    error InterfaceNotFound (interface: string)

    # The interface has no such method.
    error MethodNotFound (method: string)

    # The method is defined, and not available here.
    error MethodNotImplemented (method: string)

    # A parameter is missing, of the wrong type or out of its domain; or the call is no call.
    error InvalidParameter (parameter: string)

    # The peer may not do this.
    error PermissionDenied ()

    # The method answers many times: call it with "more".
    error ExpectedMore ()

    """
}
