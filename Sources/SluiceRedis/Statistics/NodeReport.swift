import NIOCore
import RESP
import Sluice

/// How one node of Redis stands with this instance.
package struct NodeReport: Sendable, Hashable {
    /// Where it is.
    package var address: String
    /// Connections that work, that are being made, and whose last attempt failed.
    package var ready = 0
    package var connecting = 0
    package var failed = 0
    /// Commands that wait for an answer.
    package var queued = 0
    /// Connections lost and attempts to connect that failed since the start.
    package var lost = 0
    /// The breaker that is farthest from closed among those of this node's lanes.
    package var breaker = BreakerStanding.closed

    /// What a breaker lets pass.
    package enum BreakerStanding: Int, Sendable, Comparable {
        case closed, halfOpen, open

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }
}

extension StoreLane {
    /// How its nodes stand.
    func report() -> EventLoopFuture<[NodeReport]> {
        eventLoop.submit { [self] in
            nodes.map { node in
                let statistics = node.statistics
                var report = NodeReport(address: "\(node.address)")
                switch node.status {
                case .ready: report.ready = 1
                case .connecting: report.connecting = 1
                case .backingOff, .closed: report.failed = 1
                case .idle: break
                }
                report.queued = statistics.queued
                report.lost = statistics.lost + statistics.failedAttempts
                report.breaker = breaker(of: node.address)
                return report
            }
        }
    }
}

extension SharedLimiter {
    /// How the nodes stand that this instance speaks to, by address.
    package func nodeReports() async -> [NodeReport] {
        var sums: [String: NodeReport] = [:]
        for lane in lanes {
            // Event loops that have stopped report nothing.
            for report in (try? await lane.report().get()) ?? [] {
                guard var sum = sums[report.address] else {
                    sums[report.address] = report
                    continue
                }
                sum.ready += report.ready
                sum.connecting += report.connecting
                sum.failed += report.failed
                sum.queued += report.queued
                sum.lost += report.lost
                sum.breaker = max(sum.breaker, report.breaker)
                sums[report.address] = sum
            }
        }
        return sums.values.sorted { $0.address < $1.address }
    }

    /// What the nodes tell of themselves, which takes a round trip to each.
    package func survey() async -> [NodeSurvey] {
        guard let lane = client.lanes.first else { return [] }
        let nodes = (try? await lane.eventLoop.submit { lane.nodes }.get()) ?? []
        var surveys: [NodeSurvey] = []
        for node in nodes {
            let info = try? await node.execute(Redis.INFO("everything"))
            surveys.append(NodeSurvey(address: "\(node.address)", info: info))
        }
        return surveys.sorted { $0.address < $1.address }
    }
}
