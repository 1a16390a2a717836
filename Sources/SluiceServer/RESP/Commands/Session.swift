import NIOCore
import RESP
import Sluice

/// What a connection has told about itself.
struct Session {
    let id: Int
    let connectedAt: Timestamp
    let peer: SocketAddress?
    let local: SocketAddress?
    var version = RESPVersion.two
    var name: [UInt8] = []
    var libraryName: [UInt8] = []
    var libraryVersion: [UInt8] = []
    /// Set by `QUIT` and by bytes that are not the protocol: what is answered goes out, then the connection ends.
    var isClosing = false

    init(id: Int, connectedAt: Timestamp, peer: SocketAddress?, local: SocketAddress?) {
        self.id = id
        self.connectedAt = connectedAt
        self.peer = peer
        self.local = local
    }

    /// The line of `CLIENT INFO`, of which clients parse `key=value` words.
    func line(at now: Timestamp) -> String {
        let age = max(0, (now - connectedAt).components.seconds)
        return """
            id=\(id) addr=\(Self.text(peer)) laddr=\(Self.text(local)) fd=-1 name=\(Self.text(name)) age=\(age) idle=0 \
            flags=N db=0 cmd=client|info user=default resp=\(version.rawValue) lib-name=\(Self.text(libraryName)) \
            lib-ver=\(Self.text(libraryVersion))\n
            """
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func text(_ address: SocketAddress?) -> String {
        switch address {
        case .v4, .v6: "\(address?.ipAddress ?? ""):\(address?.port ?? 0)"
        case .unixDomainSocket: "\(address?.pathname ?? ""):0"
        case nil: ""
        }
    }
}
