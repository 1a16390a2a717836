import ServiceLifecycle
import SluiceRedis
import Synchronization

/// Asks the nodes of Redis now and then what they tell of themselves.
struct RedisSurveyor: Service {
    let limiter: SharedLimiter
    let statistics: ServerStatistics

    private static let interval: Duration = .seconds(15)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                let surveys = await limiter.survey()
                statistics.surveys.withLock { $0 = surveys }
            } while (try? await Task.sleep(for: Self.interval)) != nil
        }
    }
}
