import Foundation

/// The bytes of one log: a file, a pipe or standard input, plain or compressed.
final class ByteInput {
    /// How much is looked at to tell the format.
    static let headBytes = 1 << 16

    /// The name in reports.
    let name: String
    /// The size of a regular file as it lies on disk.
    let size: Int?
    /// Whether it can be opened anew and read from its beginning.
    let isRegular: Bool
    /// The first bytes, decompressed.
    private(set) var head: [UInt8] = []
    /// What went wrong while decompressing.
    private(set) var problem: String?

    private let file: Int32
    private let isOwned: Bool
    private var gzip: GzipStream?
    private var headPosition = 0

    /// Opens a file, or standard input for `-`.
    convenience init(path: String) throws(ReplayError) {
        if path == "-" {
            try self.init(descriptor: 0, name: "standard input", isOwned: false)
            return
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ReplayError(.unreadableFile, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        try self.init(descriptor: descriptor, name: path, isOwned: true)
    }

    /// Reads from an open descriptor.
    init(descriptor: Int32, name: String, isOwned: Bool) throws(ReplayError) {
        self.name = name
        self.isOwned = isOwned
        file = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw ReplayError(.unreadableFile, "cannot read \(name): \(String(cString: strerror(errno)))")
        }
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(status.st_size) : nil
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw ReplayError(.unreadableFile, "\(name) is a directory; give its files")
        }
        head = try readHead(from: descriptor)
        if head.starts(with: [0x1f, 0x8b]) { try startGzip() }
    }

    deinit {
        gzip?.cancel()
        if isOwned { close(file) }
    }

    /// How many bytes of the file, as it lies on disk, have been read.
    var consumed: Int { size == nil ? 0 : max(0, Int(lseek(file, 0, SEEK_CUR))) }

    /// Fills `buffer` as far as there are bytes; less than its size only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        var count = 0
        if headPosition < head.count {
            count = min(buffer.count, head.count - headPosition)
            head.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[headPosition..<headPosition + count]))
            }
            headPosition += count
        }
        let source = gzip?.descriptor ?? file
        while count < buffer.count {
            let got = try readSome(source, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if got == 0 {
                try finishGzip()
                break
            }
            count += got
        }
        return count
    }

    private func startGzip() throws(ReplayError) {
        var unread = Data(head)
        if isRegular, lseek(file, -off_t(head.count), SEEK_CUR) >= 0 { unread = Data() }
        let stream = try GzipStream(descriptor: file, head: unread)
        gzip = stream
        head = try readHead(from: stream.descriptor)
        if head.isEmpty { try finishGzip() }
    }

    private func finishGzip() throws(ReplayError) {
        guard let stream = gzip else { return }
        problem = try stream.finish()
        gzip = nil
    }

    private func readHead(from descriptor: Int32) throws(ReplayError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headBytes, alignment: 1)
        defer { buffer.deallocate() }
        var count = 0
        while count < buffer.count {
            let got = try readSome(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if got == 0 { break }
            count += got
        }
        return Array(buffer[..<count])
    }

    private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) throws(ReplayError) -> Int {
        while true {
            let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw ReplayError(.unreadableFile, "cannot read \(name): \(String(cString: strerror(errno)))")
            }
        }
    }
}
