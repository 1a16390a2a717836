/// What a request needs where there are users.
enum AccessNeed: Equatable {
    /// It is answered to everybody.
    case nothing
    /// Any user may.
    case user
    /// A user with this role may.
    case role(Role)
}

extension AccessNeed {
    /// What a request for a path needs.
    ///
    /// A path that is not known here, or written otherwise than here, is an administrator's: a route that somebody
    /// adds, or a spelling that only the router understands, opens nothing.
    init(uri: String) {
        if uri == "/v1/check" || uri.hasPrefix("/v1/authorize/") {
            self = .role(.check)
            return
        }
        let path = uri.utf8.firstIndex(of: UInt8(ascii: "?")).map { uri[..<$0] } ?? uri[...]
        switch path {
        case "/", "/healthz", "/readyz", "/dashboard.css", "/dashboard.js": self = .nothing
        case "/v1/whoami": self = .user
        case "/v1/check", "/v1/check/stream", "/v1/peek", "/v1/refund", "/v1/leases": self = .role(.check)
        case "/metrics", "/v1/events", "/v1/callers", "/v1/policies": self = .role(.metrics)
        case _ where path.hasPrefix("/v1/leases/"): self = .role(.check)
        default: self = .role(.admin)
        }
    }
}

extension Command {
    /// What a request for this command needs. Redis answers the first four to everybody, too.
    var need: AccessNeed {
        switch self {
        case .auth, .hello, .quit, .reset: .nothing
        case .ping, .echo, .client, .command, .select, .time, .acl: .user
        case .clThrottle, .sluiceCheck, .sluicePeek, .sluiceRefund: .role(.check)
        case .sluiceAcquire, .sluiceRenew, .sluiceRelease: .role(.check)
        case .sluiceReset: .role(.admin)
        case .info, .config, .dbsize: .role(.metrics)
        }
    }
}
