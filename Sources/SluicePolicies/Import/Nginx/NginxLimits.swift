/// `limit_req_zone` or `limit_conn_zone`.
struct NginxZone {
    let name: String
    /// What it counts by, with variables as they are written.
    let key: String
    /// How many requests in how many seconds; `nil` for a zone of connections.
    let rate: (count: Int64, seconds: Int64)?
    let position: SourcePosition
}

/// `limit_req` of one place.
struct NginxRequestLimit: Equatable {
    let zone: String
    var burst: Int64 = 0
    /// How many of the burst do not wait; all of them with `nodelay`.
    var delay: Int64 = 0
    var isDryRun = false
}

/// `limit_conn` of one place.
struct NginxConnectionLimit: Equatable {
    let zone: String
    let count: Int64
    var isDryRun = false
}

/// What applies in one place of the configuration, inherited or its own.
struct NginxLimits {
    var requests: [NginxRequestLimit] = []
    var connections: [NginxConnectionLimit] = []
    var requestsAreDry = false
    var connectionsAreDry = false
    var status = "503"
}

/// A server or a location, or the whole, and what applies there.
struct NginxPlace {
    /// Patterns of the host; none for any.
    var hosts: [String]
    /// Patterns of the path; none for any.
    var paths: [String]
    var limits: NginxLimits
}
