import Logging
import NIOPosix
import ServiceLifecycle
import Sluice
import SluicePolicies
import SluiceRedis
import Synchronization
import Tracing
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Puts what the file says in force again while a server runs: when the file changes, on SIGHUP, and when asked.
///
/// It is read and checked beside the policies in force. They are replaced in one step, and what was used stays used;
/// when anything is wrong they stay.
final class PolicyReloader: Service {
    /// What a reload did.
    struct Outcome: Sendable {
        var policies: Int
        var rules: Int
        /// From opening the file until its policies were in force.
        var duration: Duration
    }

    private let source: ServerFile.Source
    private let keeper: OverrideKeeper
    private let loads: LoadRecord
    private let settings: CurrentSettings
    private let review: @Sendable (ServerFile) -> SettingsReview
    private let watchInterval: Duration
    private let listensToSignal: Bool
    private let logger: Logger
    /// One reload at a time, so that an older reading never replaces a newer one. What was said of the last one of
    /// settings that wait for a restart.
    private let turn = Mutex<[String]>([])

    init(
        _ source: ServerFile.Source, keeper: OverrideKeeper, loads: LoadRecord, settings: CurrentSettings,
        configuration: ServerConfiguration, listensToSignal: Bool, logger: Logger
    ) {
        self.source = source
        self.keeper = keeper
        self.loads = loads
        self.settings = settings
        review = configuration.review
        watchInterval = configuration.watchInterval
        self.listensToSignal = listensToSignal
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                // A service that ends ends the server, and there may be nothing else to wait for.
                group.addTask { try? await gracefulShutdown() }
                if watchInterval > .zero { group.addTask { await self.watch() } }
                if listensToSignal { group.addTask { await self.listen() } }
            }
        }
    }

    /// Reads the file and puts it in force, on a thread that may wait for a disk.
    /// - Throws: `PolicyFileError` or `SluiceError` with what is wrong, which is also logged.
    @discardableResult
    func reload() async throws -> Outcome {
        try await withSpan("sluice.reload") { span in
            let outcome = try await NIOThreadPool.singleton.runIfActive { try self.reloadNow() }
            span.updateAttributes {
                $0["sluice.policies"] = outcome.policies
                $0["sluice.rules"] = outcome.rules
            }
            return outcome
        }
    }

    private func reloadNow() throws -> Outcome {
        try turn.withLock { awaitingRestart in
            do {
                let start = ContinuousClock.now
                let file = try ServerFile(source)
                try keeper.replacePolicies(with: file.policies)
                let review = review(file)
                settings.replace(with: review.settings)
                let rules = file.policies.reduce(0) { $0 + $1.rules.count }
                let outcome = Outcome(
                    policies: file.policies.count, rules: rules, duration: ContinuousClock.now - start)
                loads.succeeded(in: outcome.duration, at: keeper.now, isReload: true)
                logger.notice(
                    "Reloaded the policies",
                    metadata: [
                        "file": "\(source)", "policies": "\(outcome.policies)", "rules": "\(rules)",
                        "seconds": "\(outcome.duration / .seconds(1))",
                    ])
                if review.awaitingRestart != awaitingRestart { warn(of: review.awaitingRestart) }
                awaitingRestart = review.awaitingRestart
                return outcome
            } catch {
                loads.failed("\(error)", at: keeper.now)
                logger.error("The policies stay as they were: \(error)", metadata: ["file": "\(source)"])
                throw error
            }
        }
    }

    private func warn(of settings: [String]) {
        guard !settings.isEmpty else { return }
        let names = settings.joined(separator: ", ")
        logger.warning(
            "These settings have changed and will be in force after a restart: \(names)",
            metadata: ["file": "\(source)", "settings": "\(names)"])
    }

    private func listen() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) { _ = try? await reload() }
    }

    private func watch() async {
        var loaded = FileStamp(source)
        var seen = loaded
        while (try? await Task.sleep(for: watchInterval)) != nil {
            let now = FileStamp(source)
            // Only once it stays as it is: whoever writes it may be half way. A file that is missing is being replaced.
            if now == seen, now != loaded, now != nil {
                loaded = now
                _ = try? await reload()
            }
            seen = now
        }
    }
}

/// By what a change of files is seen; links are followed, so a link that is set to another file is a change.
struct FileStamp: Hashable {
    private let numbers: [Int64]

    init?(_ path: String) { self.init([path]) }

    init?(_ source: ServerFile.Source) { self.init(source.files) }

    /// `nil` while one of the files is missing.
    private init?(_ paths: [String]) {
        var numbers: [Int64] = []
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            #if canImport(Darwin)
            let modified = status.st_mtimespec
            #else
            let modified = status.st_mtim
            #endif
            numbers += [
                Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino),
                Int64(status.st_size), Int64(modified.tv_sec), Int64(modified.tv_nsec),
            ]
        }
        self.numbers = numbers
    }
}
