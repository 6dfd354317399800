import Testing

/// The real programs against each other: `irhxd` controls `irhx-sim` over real Modbus TCP on loopback, and people look
/// and command through the socket. One rig at a time: each runs at a tenth of a second and wants the processor.
@Suite(.serialized) struct RigTests {}
