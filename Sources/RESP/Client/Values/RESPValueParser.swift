package import NIOCore

/// Reads replies from the front of a buffer that grows.
///
/// A reply is read twice: first only measured, going on where the bytes ended the last time, and built once all of it
/// is there. So a reply that arrives byte by byte takes no longer than one that arrives at once, nothing is allocated
/// for a length that is only claimed, and no half-built value keeps the buffer from growing in place.
package struct RESPValueParser {
    /// What a read gave.
    package enum Event: Equatable {
        /// A reply, consumed.
        case value(RESPValue)
        /// What the server sends unasked, consumed. It answers no command.
        case push([RESPValue])
        /// More bytes have to come; none were consumed.
        case incomplete
        /// The bytes are not the protocol.
        case violation(ReplyViolation)
    }

    private var scanner: RESPValueScanner

    package init(limits: RESPValueLimits = RESPValueLimits()) { scanner = RESPValueScanner(limits: limits) }

    /// Reads one reply.
    ///
    /// - Parameter buffer: All bytes from the end of the last reply on. A reply is consumed from its front.
    /// - Complexity: O(bytes not seen before) until the reply is whole, O(its bytes) then; strings are not copied.
    package mutating func next(_ buffer: inout ByteBuffer) -> Event {
        let outcome = buffer.withUnsafeReadableBytes { scanner.scan($0) }
        switch outcome {
        case .incomplete: return .incomplete
        case .violation(let violation): return .violation(violation)
        case .whole(let length):
            scanner.startOver()
            let event = Self.build(buffer)
            if case .violation = event { return event }
            buffer.moveReaderIndex(forwardBy: length)
            return event
        }
    }

    private static func build(_ buffer: ByteBuffer) -> Event {
        buffer.withUnsafeReadableBytes { input in
            var builder = RESPValueBuilder(buffer: buffer, input: input)
            do throws(ReplyViolation) {
                return try builder.event()
            } catch {
                return .violation(error)
            }
        }
    }
}
