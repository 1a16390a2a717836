/// Memory for the strings of one JSON text that had escapes.
///
/// It is taken when the first escape is met, so texts without escapes cost nothing, and kept for the next text.
/// Strings that it gave out are good until `reset`. No escape stands for more bytes than it is written with, so
/// all strings of a text together fit into the length of that text: what was given out is never moved.
final class JSONScratch {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var used = 0

    /// A string being put together.
    struct Text {
        fileprivate let memory: UnsafeMutableRawBufferPointer
        fileprivate let start: Int
        fileprivate var end: Int

        mutating func append(_ byte: UInt8) {
            memory[end] = byte
            end += 1
        }

        mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
            UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyBytes(from: bytes)
            end += bytes.count
        }

        mutating func append(_ scalar: Unicode.Scalar) {
            for byte in UTF8.encode(scalar)! { append(byte) } // every scalar has an encoding
        }
    }

    init() {}

    deinit { memory.deallocate() }

    /// Forgets all strings, before a text of `length` bytes is read.
    func reset() { used = 0 }

    /// Begins a string of a text of `length` bytes.
    func begin(textLength length: Int) -> Text {
        if memory.count < length {
            precondition(used == 0, "all strings of a text fit into its length")
            memory.deallocate()
            memory = .allocate(byteCount: length, alignment: 1)
        }
        return Text(memory: memory, start: used, end: used)
    }

    func finish(_ text: Text) -> UnsafeRawBufferPointer {
        used = text.end
        return UnsafeRawBufferPointer(rebasing: memory[text.start..<text.end])
    }
}
