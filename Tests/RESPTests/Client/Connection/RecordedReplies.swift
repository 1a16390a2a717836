import NIOCore

@testable import RESP

/// What became of commands, in the order in which it was told.
final class RecordedReplies {
    private(set) var told: [String] = []
    private(set) var errors: [RedisError] = []
    private(set) var values: [RESPValue] = []

    /// A completion that notes a name and what it gets.
    func completion(_ name: String) -> ReplyCompletion {
        { result in
            switch result {
            case .success(let value):
                self.values.append(value)
                self.told.append("\(name): \(value.text ?? value.integer.map(String.init) ?? "\(value)")")
            case .failure(let error):
                self.errors.append(error)
                self.told.append("\(name): \(error.code)\(error.mayHaveRun ? ", may have run" : "")")
            }
        }
    }
}

extension NIODeadline {
    /// A moment of a test's own time.
    static func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(milliseconds) * 1_000_000) }
}
