/// Parameters of the calls and replies of `org.irhx.Row`, one type each where the wire's shape needs one.
struct WatchParameters: Codable {
  var intervalMs: Int?

  private enum CodingKeys: String, CodingKey {
    case intervalMs = "interval_ms"
  }
}

/// Of AcknowledgeAlarm and ResetTrip.
struct AcknowledgeParameters: Codable {
  var id: String?
  var subject: String?
}

struct ModeParameters: Codable {
  var mode: Mode
}

struct ControlParameters: Codable {
  var mode: String?
  var shadow: String?
}

struct SetpointParameters: Codable {
  var name: String
  var value: Double
}

struct OverrideParameters: Codable {
  var actuator: String
  var value: Double
  var leaseS: Double
  var reason: String

  private enum CodingKeys: String, CodingKey {
    case actuator, value
    case leaseS = "lease_s"
    case reason
  }
}

struct ShelveParameters: Codable {
  var id: String
  var subject: String?
  var minutes: Double
  var reason: String
}

struct BypassParameters: Codable {
  var id: String
  var subject: String?
  var leaseS: Double
  var reason: String

  private enum CodingKeys: String, CodingKey {
    case id, subject
    case leaseS = "lease_s"
    case reason
  }
}

struct OutOfServiceParameters: Codable {
  var id: String
  var subject: String?
  var out: Bool
  var reason: String
}

struct AlarmParameters: Codable {
  var id: String
  var subject: String?
}

struct ActuatorParameters: Codable {
  var actuator: String
}

struct HistoryParameters: Codable {
  var since: String?
  var until: String?
  var before: Int?
  var limit: Int?
  var cause: String?
  var subject: String?
}

struct HistoryReply: Codable {
  var entries: [HistoryEntry]
}

struct ProbeParameters: Codable {
  var device: String
  var point: String?
}

struct SetPointParameters: Codable {
  var device: String
  var point: String
  var value: Double
  var reason: String
}

struct DevicesReply: Codable {
  var devices: [DeviceInfo]
}

struct ProbeReply: Codable {
  var report: DeviceReport
}

struct WrittenReply: Codable {
  var written: PointWrite
}

struct Nothing: Codable {}

struct InfoReply: Codable {
  var info: RowInfo
}

struct StateReply: Codable {
  var state: RowState
}

struct AlarmsReply: Codable {
  var alarms: [Alarm]
}

struct AcknowledgedReply: Codable {
  var acknowledged: Int
}

struct ExplanationReply: Codable {
  var explanation: Explanation
}
