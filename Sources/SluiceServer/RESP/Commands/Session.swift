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
    /// Whether requests are answered.
    var flow = Flow.open
    /// Who asks; `nil` for everybody, and for somebody who has not said it where there are users.
    var access: Access?
    /// What is to be told once Redis has decided; `nil` for decisions in memory.
    var pending: PendingReplies?

    /// Whether requests are answered.
    enum Flow {
        case open
        /// As many decisions are awaited as may be. The next request is answered after some of them.
        case full
        /// After `QUIT` or bytes that are not the protocol: what is answered goes out, then the connection ends.
        case closing
    }

    var isClosing: Bool { flow == .closing }

    init(
        id: Int, connectedAt: Timestamp, peer: SocketAddress?, local: SocketAddress?, pending: PendingReplies? = nil
    ) {
        self.id = id
        self.connectedAt = connectedAt
        self.peer = peer
        self.local = local
        self.pending = pending
    }

    /// Whether somebody who has said who he is has a role.
    @inline(__always)
    func may(_ role: Roles) -> Bool { access?.user.roles.contains(role) == true }

    mutating func accept(_ proof: CommandProcessor.Proof) {
        if case .access(let access) = proof { self.access = access }
    }

    /// Who asks, as Redis calls him.
    var userName: String { access?.user.name ?? AccessControl.anyUser }

    /// Where the client is.
    var place: String { Self.text(peer) }

    /// The line of `CLIENT INFO`, of which clients parse `key=value` words.
    func line(at now: Timestamp) -> String {
        let age = max(0, (now - connectedAt).components.seconds)
        return """
            id=\(id) addr=\(Self.text(peer)) laddr=\(Self.text(local)) fd=-1 name=\(Self.text(name)) age=\(age) idle=0 \
            flags=N db=0 cmd=client|info user=\(userName) resp=\(version.rawValue) lib-name=\(Self.text(libraryName)) \
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
