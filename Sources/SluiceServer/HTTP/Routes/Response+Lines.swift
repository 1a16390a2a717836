import HTTPTypes
import Hummingbird
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPCompression
import SluiceHTTP

extension Response {
    /// From how many bytes on an answer is compressed for who takes that.
    static let compressedFrom = 1_000

    /// Lines of JSON, compressed if there are many and the reader takes that.
    static func lines(_ lines: borrowing ByteWriter, to request: Request) -> Response {
        var response = Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: lines.bytes)))
        response.compress(ByteBuffer(bytes: lines.bytes), for: request)
        return response
    }

    /// Compresses the body by gzip, if it is long enough and the reader takes that.
    mutating func compress(_ bytes: ByteBuffer, for request: Request) {
        guard bytes.readableBytes >= Self.compressedFrom else { return }
        headers[.vary] = "Accept-Encoding"
        guard let accepted = request.headers[.acceptEncoding], accepted.acceptsGzip,
            let packed = try? Self.gzip(bytes)
        else { return }
        headers[.contentEncoding] = "gzip"
        body = .init(byteBuffer: packed)
    }

    /// By NIO's compressor, which is made for a connection: here it gets one of its own, for one answer.
    private static func gzip(_ bytes: ByteBuffer) throws -> ByteBuffer {
        let channel = EmbeddedChannel(handler: HTTPResponseCompressor())
        defer { _ = try? channel.finish() }
        try channel.writeInbound(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["Accept-Encoding": "gzip"])))
        try channel.writeOutbound(
            HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(bytes)))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        var packed = ByteBuffer()
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            if case .body(.byteBuffer(var piece)) = part { packed.writeBuffer(&piece) }
        }
        return packed
    }
}

extension String {
    /// Whether an `Accept-Encoding` takes gzip (RFC 9110, section 12.5.3).
    fileprivate var acceptsGzip: Bool {
        split(separator: ",").contains { item in
            let parts = item.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let name = parts.first, name == "gzip" || name == "*" else { return false }
            return !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }
}
