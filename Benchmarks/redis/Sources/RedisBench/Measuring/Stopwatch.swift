import Foundation
import Sluice

/// Time that passes, and time that this process's threads run.
struct Stopwatch {
    private static let clock = TimeSource.system
    private let began = Stopwatch.clock.now()
    private let cpu = Stopwatch.cpuSeconds

    var seconds: Double { Double(Self.clock.now().nanoseconds - began.nanoseconds) / 1e9 }
    var cpuSeconds: Double { Self.cpuSeconds - cpu }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The present moment in nanoseconds.
    static var now: Int64 { clock.now().nanoseconds }
}
