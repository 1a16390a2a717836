import Logging
import NIOPosix
import ServiceLifecycle
import SluicePolicies

/// Who may ask, and how connections are encrypted, for all transports of a server.
package struct ServerSecurity: Sendable {
    /// Who the users are; `nil` if everybody may ask.
    package private(set) var access: AccessControl?
    /// What TCP connections are encrypted by; `nil` if they are not.
    package private(set) var tls: ServerTLS?
    private var usersFile: (path: String, watch: FileWatch)?
    private var tlsFiles: FileWatch?

    /// Everybody may ask, and nothing is encrypted.
    package static let none = ServerSecurity(access: nil)

    /// Users and a certificate that were read already, and are not read again.
    init(access: AccessControl? = nil, tls: ServerTLS? = nil) {
        self.access = access
        self.tls = tls
    }

    /// What a configuration says.
    /// - Throws: `PolicyFileError` for the users' file, ``ServerError`` for those of TLS, and for a build without TLS.
    init(_ configuration: ServerConfiguration, logger: Logger) throws {
        #if !TLS
        guard configuration.usersFile == nil, configuration.tls == nil else {
            throw ServerError(
                .unsupported,
                "This build has neither TLS nor users; build with 'swift build -c release --traits TLS'.")
        }
        #endif
        if let path = configuration.usersFile {
            usersFile = (path, FileWatch([path]))
            access = AccessControl(try UserTable(contentsOf: path), logger: logger)
        }
        if let settings = configuration.tls {
            tlsFiles = FileWatch(settings.files)
            tls = try ServerTLS(settings)
        }
    }

    /// What holds for a transport: nobody listens in on a Unix domain socket.
    package func of(_ address: ListenAddress) -> ServerSecurity {
        guard case .unix = address else { return self }
        return ServerSecurity(access: access)
    }

    /// What reads the files again when they change; `nil` if there is nothing to read.
    func watch(_ interval: Duration, logger: Logger) -> SecurityWatch? {
        guard interval > .zero, usersFile != nil || tls != nil else { return nil }
        return SecurityWatch(
            access: access, usersFile: usersFile, tls: tls, tlsFiles: tlsFiles, interval: interval, logger: logger)
    }
}

/// Reads the users' file and those of TLS again when they change. What is wrong with them is logged once, and all stays
/// as it was.
struct SecurityWatch: Service {
    let access: AccessControl?
    let usersFile: (path: String, watch: FileWatch)?
    let tls: ServerTLS?
    let tlsFiles: FileWatch?
    let interval: Duration
    let logger: Logger

    /// What is known of the files.
    struct Seen: Sendable {
        var users: FileWatch?
        var tls: FileWatch?
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = Seen(users: usersFile?.watch, tls: tlsFiles)
            while (try? await Task.sleep(for: interval)) != nil { await look(&seen) }
        }
    }

    /// Looks at the files once.
    func look(_ seen: inout Seen) async {
        access?.tellRefusals()
        if seen.users?.look() == true { await reload(readUsers) }
        if seen.tls?.look() == true { await reload(readTLS) }
    }

    /// On a thread that may wait for a disk.
    private func reload(_ read: @escaping @Sendable () -> Void) async {
        try? await NIOThreadPool.singleton.runIfActive { read() }
    }

    @Sendable private func readUsers() {
        guard let access, let path = usersFile?.path else { return }
        do {
            let users = try UserTable(contentsOf: path)
            access.replace(with: users)
            logger.notice("Reloaded the users", metadata: ["file": "\(path)", "users": "\(users.users.count)"])
        } catch {
            logger.error("The users stay as they were: \(error)", metadata: ["file": "\(path)"])
        }
    }

    @Sendable private func readTLS() {
        guard let tls else { return }
        do {
            try tls.reload()
            logger.notice("Reloaded the certificate", metadata: ["file": "\(tls.settings.certificateFile)"])
        } catch {
            logger.error("The certificate stays as it was: \(error)")
        }
    }
}
