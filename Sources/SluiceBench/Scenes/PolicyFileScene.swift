import Foundation
import RedisServers
import Sluice
import SluicePolicies

/// A policy file with so many policies of one rule each, and another that has the same with other numbers.
struct PolicyFileScene {
    /// Which of the two.
    enum Numbers: Int64 {
        case first = 1_000
        case second = 100_000
    }

    /// The policy that is asked, and how much of it passes in an hour by either file.
    static let asked = "policy-0"

    let policies: Int
    /// Its folder, which ``remove()`` removes.
    let folder: String

    init(policies: Int) throws {
        self.policies = policies
        folder = try StartedProcesses.makeFolder()
        try write(.first)
    }

    func remove() { StartedProcesses.removeFolder(folder) }

    var path: String { "\(folder)/policies.yaml" }

    /// Puts a file in the place of the one that is there, as one does whom a server watches: whole.
    func write(_ numbers: Numbers) throws {
        try text(numbers).write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// No two rules have the same numbers.
    func text(_ numbers: Numbers) -> String {
        (0..<policies).reduce(into: "policies:\n") { text, index in
            text += "  policy-\(index):\n    rules:\n"
            text += "      - {name: hourly, by: [user], limit: \(Int(numbers.rawValue) + index) per 1h}\n"
        }
    }

    /// How long it takes to read the file, to check it, and to make a limiter of it, in nanoseconds.
    func load() throws -> Double {
        let start = ContinuousClock.now
        let limiter = try Limiter(contentsOf: path)
        let spent = ContinuousClock.now - start
        guard limiter.policies.count == policies else { throw BenchError("policies are missing; please report this") }
        return spent / .nanoseconds(1)
    }

    /// How long it takes to put policies that have been read in force in a limiter that decides, in nanoseconds: the
    /// mean of so many times, by turns those of either file.
    func replace(_ times: Int) throws -> Double {
        let files = try [Numbers.second, .first].map { try PolicyFile(yaml: text($0)).policies }
        let limiter = try Limiter(files[1])
        var spent = Duration.zero
        for turn in 0..<times {
            let start = ContinuousClock.now
            try limiter.replacePolicies(with: files[turn % 2])
            spent += ContinuousClock.now - start
            let limit = try limiter.decide(Self.asked, Descriptor.user("a"), cost: 0).limit
            guard limit == (turn.isMultiple(of: 2) ? Numbers.second : .first).rawValue else {
                throw BenchError("a reload left the limit at \(limit); please report this")
            }
        }
        return spent / .nanoseconds(1) / Double(times)
    }
}
