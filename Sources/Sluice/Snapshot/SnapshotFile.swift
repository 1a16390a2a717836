#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A file written aside, checksummed, and renamed into place only once it is on disk.
///
/// The file is readable by its owner only: it holds the secret of the keys.
struct SnapshotFile: ~Copyable {
    private let path: String
    private let aside: String
    private let descriptor: Int32
    private var checksum = KeyHasher(secret: (0, 0))
    private var isCommitted = false

    static let magic: [UInt8] = Array("SLUICE\u{1}\n".utf8)
    static let checksumBytes = 16

    init(replacing path: String) throws(SluiceError) {
        self.path = path
        aside = "\(path).\(getpid()).writing"
        descriptor = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("create", aside) }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(aside) }
    }

    mutating func append(_ bytes: [UInt8]) throws(SluiceError) {
        bytes.withUnsafeBytes { checksum.absorb($0) }
        // The length leads, so that a reader checks the same pieces.
        var length = UInt32(bytes.count).littleEndian
        let isWritten = withUnsafeBytes(of: &length) { write($0) } && bytes.withUnsafeBytes { write($0) }
        guard isWritten else { throw Self.failure("write", aside) }
    }

    /// Ends the file and puts it into place.
    mutating func commit() throws(SluiceError) {
        let sum = checksum.finish()
        var trailer = ByteWriter()
        trailer.write(UInt32.max)
        trailer.write(sum.high)
        trailer.write(sum.low)
        guard trailer.bytes.withUnsafeBytes({ write($0) }) else { throw Self.failure("write", aside) }
        guard fsync(descriptor) == 0 else { throw Self.failure("flush", aside) }
        guard rename(aside, path) == 0 else { throw Self.failure("rename", aside) }
        isCommitted = true
        let folder = path.lastIndex(of: "/").map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            #if canImport(Glibc)
            let written = Glibc.write(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
            #elseif canImport(Musl)
            let written = Musl.write(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
            #else
            let written = Darwin.write(descriptor, rest.base.baseAddress! + rest.startIndex, rest.count)
            #endif
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }

    /// The pieces of a file, once its checksum has been found right.
    static func pieces(of path: String) throws(SluiceError) -> [ArraySlice<UInt8>] {
        let bytes = try contents(of: path)
        guard bytes.starts(with: magicPiece) else {
            throw SluiceError(.snapshot, "'\(path)' is not a snapshot of this version; move it away to start empty")
        }
        var checksum = KeyHasher(secret: (0, 0))
        var pieces: [ArraySlice<UInt8>] = []
        var position = 0
        while let length = ByteReader.number(in: bytes, at: position) {
            position += 4
            guard length < UInt32.max else {
                var reader = ByteReader(bytes[position...])
                let sum = CellKey(high: reader.read() ?? 0, low: reader.read() ?? 0)
                guard sum == checksum.finish(), reader.isAtEnd else { break }
                return pieces
            }
            guard Int(length) <= bytes.count - position else { break }
            let piece = bytes[position..<position + Int(length)]
            piece.withUnsafeBytes { checksum.absorb($0) }
            pieces.append(piece)
            position += Int(length)
        }
        throw SluiceError(.snapshot, "snapshot '\(path)' is damaged or cut short; move it away to start empty")
    }

    private static var magicPiece: [UInt8] { [UInt8(magic.count), 0, 0, 0] + magic }

    private static func contents(of path: String) throws(SluiceError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        lseek(descriptor, 0, SEEK_SET)
        var filled = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, size)) { buffer, count in
            while filled < size {
                let got = read(descriptor, buffer.baseAddress! + filled, size - filled)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
            count = filled
        }
        guard size >= 0, filled == size else { throw failure("read", path) }
        return bytes
    }

    private static func failure(_ what: String, _ path: String) -> SluiceError {
        SluiceError(.snapshot, "cannot \(what) snapshot '\(path)': \(String(cString: strerror(errno)))")
    }
}

extension ByteReader {
    fileprivate static func number(in bytes: [UInt8], at position: Int) -> UInt32? {
        var reader = ByteReader(bytes[position...])
        return reader.read()
    }
}
