/// What did not come true in time.
package struct NotInTime: Error, CustomStringConvertible {
    package var description: String
}

/// Asks again and again until a condition holds; a test that waits for another program has nothing better.
///
/// The limit is generous, so that only a fault reaches it: a test never depends on how fast a machine is.
/// - Parameter what: what should come true, for the message: "the replica is online".
package func eventually(
    _ what: String, within limit: Duration = .seconds(120), every pause: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventualValue(what, within: limit, every: pause) { try await condition() ? true : nil }
}

/// Asks again and again until there is a value.
package func eventualValue<Value>(
    _ what: String, within limit: Duration = .seconds(120), every pause: Duration = .milliseconds(5),
    _ value: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var fault: (any Error)?
    while true {
        do {
            if let value = try await value() { return value }
            fault = nil
        } catch let error as CancellationError {
            throw error
        } catch {
            // A server that is starting refuses connections; the last refusal is told if it stays so.
            fault = error
        }
        guard clock.now < end else {
            throw NotInTime(description: "not within \(limit): \(what)\(fault.map { "; \($0)" } ?? "")")
        }
        try await Task.sleep(for: pause)
    }
}
