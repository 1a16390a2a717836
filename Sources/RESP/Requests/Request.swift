/// One request as it lies in the parser's input: a name and its arguments, as places.
///
/// Nothing is copied. A request is valid until its parser is asked for the next one or its input moves.
@frozen
package struct Request {
    /// Where an argument lies, counted from the front of the frame.
    @frozen
    package struct Place {
        package var offset: UInt32
        package var length: UInt32

        @inlinable
        init(offset: Int, length: Int) {
            self.offset = UInt32(truncatingIfNeeded: offset)
            self.length = UInt32(truncatingIfNeeded: length)
        }
    }

    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let places: UnsafePointer<Place>
    /// How many arguments there are to read here, the name included.
    package let count: Int
    /// How many the client sent; more than `count` if they were too many.
    package let sent: Int
    /// How many bytes of input the request takes up.
    package let frameBytes: Int

    @inlinable
    init(base: UnsafeRawPointer, places: UnsafePointer<Place>, count: Int, sent: Int, frameBytes: Int) {
        self.base = base
        self.places = places
        self.count = count
        self.sent = sent
        self.frameBytes = frameBytes
    }

    /// An argument's bytes; number 0 is the command's name.
    @inlinable
    package subscript(index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "no such argument")
        let place = places[index]
        return UnsafeRawBufferPointer(start: base + Int(place.offset), count: Int(place.length))
    }
}
