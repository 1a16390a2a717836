import Logging
import NIOPosix
import ServiceLifecycle
import Sluice

/// Frees expired cells and writes the snapshot, now and then, while a server runs.
struct Maintenance: Service {
    let limiter: Limiter
    let configuration: ServerConfiguration
    let snapshots: SnapshotRecord
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await sweepNowAndThen() }
                if let path = configuration.snapshotPath {
                    group.addTask { await snapshotNowAndThen(path) }
                }
            }
        }
    }

    private func sweepNowAndThen() async {
        while (try? await Task.sleep(for: configuration.sweepInterval)) != nil {
            limiter.store.sweep(budget: configuration.sweepBudget, at: limiter.now())
        }
    }

    private func snapshotNowAndThen(_ path: String) async {
        while (try? await Task.sleep(for: configuration.snapshotInterval)) != nil {
            // Off the threads that serve: a disk may take its time.
            try? await NIOThreadPool.singleton.runIfActive { writeSnapshot(to: path) }
        }
    }

    /// Writes the snapshot; a fault is told and leaves the one before it whole.
    func writeSnapshot(to path: String) {
        do {
            try limiter.writeSnapshot(to: path)
            snapshots.succeeded(at: limiter.now())
        } catch {
            snapshots.failed()
            logger.error("The snapshot was not written: \(error)")
        }
    }
}
