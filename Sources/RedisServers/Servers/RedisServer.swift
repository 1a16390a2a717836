import Foundation
import Synchronization

/// A `redis-server` of a test's own, on free ports of the loopback interface.
///
/// It answers commands of a test through `command(_:)`, which knows nothing of the client under test. It ends when
/// it is
/// stopped, or with the test process. Whoever can should use `during`, which stops it in any case.
package final class RedisServer: Sendable {
    /// The plain port, which every server has.
    package let port: Int
    /// The port for TLS.
    package let tlsPort: Int?
    /// The path of its unix socket.
    package let unixPath: String?
    /// The password of the user `default`.
    package let password: String?
    /// Its folder.
    package let folder: String
    private let arguments: [String]
    private let process: Mutex<ServerProcess>

    private init(
        port: Int, tlsPort: Int?, unixPath: String?, password: String?, folder: String, arguments: [String],
        process: ServerProcess
    ) {
        (self.port, self.tlsPort, self.unixPath, self.password) = (port, tlsPort, unixPath, password)
        (self.folder, self.arguments) = (folder, arguments)
        self.process = Mutex(process)
    }

    // MARK: - Starting

    /// Starts a server and returns once it answers.
    /// - Parameters:
    ///   - options: lines of `redis.conf`, which override what a test server has: `"maxmemory 3mb"`,
    ///     `"user ann on >secret ~sluice:* +evalsha"`, `"appendonly yes"`.
    ///   - unixSocket: whether it listens on a unix socket as well.
    ///   - tls: whether it listens for TLS as well, with `ServerCertificates.shared()`.
    ///   - clientCertificates: whether a TLS client must show a certificate.
    ///   - password: the password of the user `default`.
    ///   - replicaOf: the server that it copies; then it returns once it has copied everything.
    package static func start(
        options: [String] = [], unixSocket: Bool = false, tls: Bool = false, clientCertificates: Bool = false,
        password: String? = nil, replicaOf: RedisServer? = nil
    ) async throws -> RedisServer {
        var extra = tls ? try await tlsOptions(clientCertificates) : []
        if let password { extra.append("requirepass \"\(password)\"") }
        if let primary = replicaOf {
            extra.append("replicaof 127.0.0.1 \(primary.port)")
            if let password = primary.password { extra.append("masterauth \"\(password)\"") }
        }
        let server = try await launch(
            options: extra + options, unixSocket: unixSocket, tls: tls, password: password, arguments: [])
        if replicaOf != nil { try await server.waitUntilReplicating() }
        return server
    }

    /// Runs something with a server that is gone afterwards.
    package static func during<Result>(
        options: [String] = [], unixSocket: Bool = false, tls: Bool = false, clientCertificates: Bool = false,
        password: String? = nil, do body: (RedisServer) async throws -> Result
    ) async throws -> Result {
        let server = try await start(
            options: options, unixSocket: unixSocket, tls: tls, clientCertificates: clientCertificates,
            password: password)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// One server per test process, for tests that need no more than keys with a prefix of their own.
    ///
    /// Such a test neither flushes, nor pauses, nor reconfigures it.
    package static func shared() async throws -> RedisServer { try await sharedServer.value }

    private static let sharedServer = Task { try await start(unixSocket: true) }

    /// Starts a server on ports that prove to be its own; another process may take a free port at any moment.
    static func launch(
        options: [String], unixSocket: Bool = false, tls: Bool = false, bus: Bool = false, password: String? = nil,
        arguments: [String]
    ) async throws -> RedisServer {
        var failure = ""
        for _ in 0..<5 {
            let folder = try StartedProcesses.makeFolder()
            let port = try await FreePort.find()
            let tlsPort = tls ? try await FreePort.find() : nil
            let unixPath = unixSocket ? "\(folder)/socket" : nil
            var lines = base(in: folder) + ["port \(port)"]
            if let tlsPort { lines.append("tls-port \(tlsPort)") }
            if let unixPath { lines.append("unixsocket \(unixPath)") }
            if bus { lines.append("cluster-port \(try await FreePort.find())") }
            let text = (lines + options).joined(separator: "\n") + "\n"
            try text.write(toFile: "\(folder)/redis.conf", atomically: true, encoding: .utf8)
            let process = try await run(in: folder, arguments)
            let server = RedisServer(
                port: port, tlsPort: tlsPort, unixPath: unixPath, password: password, folder: folder,
                arguments: arguments, process: process)
            do {
                try await server.waitUntilAnswering()
                return server
            } catch {
                failure = "\(error); its log: \(process.log)"
                await server.stop()
            }
        }
        throw ServerProcess.Failure(description: "redis-server did not start: \(failure)")
    }

    private static func run(in folder: String, _ arguments: [String]) async throws -> ServerProcess {
        try await ServerProcess.start(
            ["redis-server", "\(folder)/redis.conf"] + arguments, logFile: "\(folder)/log")
    }

    private static func base(in folder: String) -> [String] {
        [
            "bind 127.0.0.1", "protected-mode no", "dir \(folder)", "save \"\"", "appendonly no", "daemonize no",
            "databases 16", "enable-debug-command yes",
            // A replica is of use at once, and tells its primary of its state often.
            "repl-diskless-sync-delay 0", "repl-ping-replica-period 1",
        ]
    }

    private static func tlsOptions(_ clientCertificates: Bool) async throws -> [String] {
        let certificates = try await ServerCertificates.shared()
        return [
            "tls-cert-file \(certificates.server)", "tls-key-file \(certificates.serverKey)",
            "tls-ca-cert-file \(certificates.authority)", "tls-auth-clients \(clientCertificates ? "yes" : "no")",
        ]
    }

    // MARK: - Ending and coming back

    /// The number by which the system knows it.
    package var pid: Int32 { current.identifier }

    /// Whether its process runs, paused or not.
    package var isRunning: Bool { current.isRunning }

    private var current: ServerProcess { process.withLock { $0 } }

    /// What it has written to its log since it was last started.
    package var log: String { current.log }

    /// Ends it for good and removes its folder.
    package func stop() async {
        await current.end()
        StartedProcesses.removeFolder(folder)
    }

    /// Ends it as `kill -9` does; it can be started again.
    package func kill() async { await current.end() }

    /// Starts it again, after ending it if need be, on the same ports with the files that it left behind.
    package func restart() async throws {
        await kill()
        let replacement = try await Self.run(in: folder, arguments)
        process.withLock { $0 = replacement }
        try await waitUntilAnswering()
    }

    /// Holds it where it stands: connections stay open and nothing answers.
    package func pause() { current.signal(SIGSTOP) }

    /// Lets it go on.
    package func resume() { current.signal(SIGCONT) }

    private func waitUntilAnswering() async throws {
        let process = current
        try await eventually("a redis-server answers on port \(port)") {
            // A process that has ended will never answer: `nil` would only lose time.
            guard process.isRunning else { return true }
            return try await info("server")["process_id"] == String(process.identifier)
        }
        guard process.isRunning else {
            throw ServerProcess.Failure(description: "redis-server ended: \(process.log)")
        }
    }

    private func waitUntilReplicating() async throws {
        try await eventually("the replica on port \(port) is online") {
            try await info("replication")["master_link_status"] == "up"
        }
    }
}
