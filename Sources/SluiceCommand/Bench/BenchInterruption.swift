@preconcurrency import Dispatch
import Foundation
import SluiceBench
import Synchronization

/// Ends the program in good order when it is told to end, so that the servers it started and their folders go with it.
///
/// On a queue of its own: measurements may keep all threads of Swift's tasks busy.
final class BenchInterruption: Sendable {
    private final class State: Sendable {
        let hasCome = Atomic(false)
        let servers = Mutex<BenchServers?>(nil)
    }

    private let sources: [any DispatchSourceSignal]
    private let state = State()

    /// - Parameter farewell: Called before the program ends.
    init(_ farewell: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "sluice.bench.signals")
        sources = [SIGINT, SIGTERM, SIGHUP].map { [state] number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                guard !state.hasCome.exchange(true, ordering: .sequentiallyConsistent) else { return }
                farewell()
                let servers = state.servers.withLock { $0 }
                Task.detached {
                    await servers?.stop()
                    queue.async { exit(128 + number) }
                }
                // Where no thread is free for that, an orderly exit ends and removes what it finds.
                queue.asyncAfter(deadline: .now() + .seconds(2)) { exit(128 + number) }
            }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// Has servers stopped as well.
    func watch(_ servers: BenchServers?) { state.servers.withLock { $0 = servers } }

    /// Does not return once the program was told to end: what fails from then on fails because its servers are gone.
    func standStill() async {
        while state.hasCome.load(ordering: .sequentiallyConsistent) { try? await Task.sleep(for: .seconds(1)) }
    }
}
