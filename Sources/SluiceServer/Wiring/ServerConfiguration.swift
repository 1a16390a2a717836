import NIOCore

/// Where a server listens, with how many threads, and what it keeps.
public struct ServerConfiguration: Sendable {
    /// Where HTTP listens; `nil` for nowhere.
    public var http: ListenAddress? = .tcp(host: "127.0.0.1", port: 8080)
    /// Where the Redis protocol listens; `nil` for nowhere.
    public var resp: ListenAddress? = .tcp(host: "127.0.0.1", port: 6380)
    /// Where Envoy's rate limit service listens; `nil` for nowhere, as in builds without the trait `GRPC`.
    public var grpc: ListenAddress? = ServerConfiguration.usualGRPC
    /// How many event loops serve all of them.
    public var threads = System.coreCount
    /// Where the snapshot is kept; `nil` for none.
    public var snapshotPath: String?
    /// How often the snapshot is written while the server runs.
    public var snapshotInterval: Duration = .seconds(60)
    /// How often expired cells are looked for.
    public var sweepInterval: Duration = .seconds(1)
    /// How many slots of the table are looked at each time.
    public var sweepBudget = 65_536
    /// The file that the policies are from and are read again from, by ``ServerFile``; `nil` for none.
    public var policyFile: String?
    /// The files of an envoyproxy/ratelimit configuration, read again with the policy file; `nil` for none.
    public var envoyPath: String?
    /// How often the file is looked at for changes; zero for never.
    public var watchInterval: Duration = .seconds(1)
    /// The file that says who may ask, with which secret, for what; `nil` for everybody. It is read again as the
    /// policies are.
    public var usersFile: String?
    /// Encryption of all TCP ports; `nil` for none.
    public var tls: TLSSettings?
    /// Whether calls that change the server itself are answered, such as `POST /v1/policies/reload`.
    public var answersAdminCalls = false
    /// Whether callers are named by their values, in the dashboard and in events; otherwise by a hash of them.
    public var showsCallers = false
    /// What reading the policies has taken before the server was made, for its metrics.
    package var loadDuration: Duration = .zero
    /// Who sends the spans of the process's tracer, if the server is to run him; see `SpanExporter`.
    package var spanExporter: SpanExporter?
    /// What the server goes by beside its policies.
    public var settings = ServerSettings()
    /// What a file that is read again changes, where others than the file have a say too; by default what it says.
    package var review: @Sendable (ServerFile) -> SettingsReview = { SettingsReview(settings: $0.settings) }
    /// How long a stop waits for what is in flight.
    public var shutdownTimeout: Duration = .seconds(10)
    /// What the HTTP transport accepts and how long it waits.
    public var httpLimits = HTTPLimits()

    #if GRPC
    /// Where gRPC listens unless told otherwise.
    public static let usualGRPC: ListenAddress? = .tcp(host: "127.0.0.1", port: 8081)
    #else
    /// Where gRPC listens unless told otherwise: this build has none.
    public static let usualGRPC: ListenAddress? = nil
    #endif

    /// The defaults: all transports on the loopback interface, all cores, no snapshot.
    public init() {}
}
