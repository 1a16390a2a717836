import Sluice

extension Suite {
    /// What a live key costs the process.
    static let bytes = Suite(name: "bytes", title: "bytes per live key, process-wide") { rounds in
        try [1_000_000, 10_000_000].map { keys in
            let samples = try Samples.inTurn(
                min(rounds, 3), { try limiterBytes(keys) }, { try dictionaryBytes(keys) })
            return Finding(
                "\(keys) keys", "bytes", samples[0], against: "[String: Int64], for scale", samples[1],
                reach: .figure(48), measuredEarlier: "governor 82-101, aiogram-sentinel 950-5200")
        }
    }

    private static func limiterBytes(_ keys: Int) throws -> Double {
        let policy = try Limiter {
            Policy("api") { Rule("calls", by: .user, .tokenBucket(5, per: .hours(1))) }
        }.policy("api")
        _ = try policy.decide("key:0")
        let growth = try ResidentMemory.growth {
            for key in 1..<keys where try !policy.decide("key:\(key)").isAllowed {
                fatalError("a first call was denied")
            }
            return policy
        }
        return Double(growth) / Double(keys)
    }

    private static func dictionaryBytes(_ keys: Int) throws -> Double {
        let growth = try ResidentMemory.growth {
            var stamps: [String: Int64] = [:]
            for key in 0..<keys { stamps["key:\(key)"] = Int64(key) }
            return stamps
        }
        return Double(growth) / Double(keys)
    }
}
