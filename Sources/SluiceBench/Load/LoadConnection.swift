import NIOCore
import NIOHTTP1

/// One connection of a user: requests out, answers in.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// `nil` once the user has nothing to do with it any more.
    private var user: LoadUser?
    private var context: ChannelHandlerContext?

    init(_ user: LoadUser) { self.user = user }

    func send(_ request: LoadRequest) {
        guard let context else { return }
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if let body = request.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Closes the connection without another word to the user.
    func abandon() {
        user = nil
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): user?.head(status: Int(head.status.code), isKept: head.isKeepAlive)
        case .body: break
        case .end: user?.end()
        }
    }

    func channelInactive(context: ChannelHandlerContext) { lose() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lose()
        context.close(promise: nil)
    }

    private func lose() {
        let user = user
        self.user = nil
        user?.lost()
    }
}

/// A task's request as one user sends it, made once.
struct LoadRequest {
    let head: HTTPRequestHead
    let body: ByteBuffer?

    init(_ task: LoadTask, of user: Int, to target: LoadTarget) {
        func filled(_ text: String) -> String { text.replacing("{user}", with: "\(user)") }
        var headers: HTTPHeaders = [:]
        let names = Set(task.headers.keys.map { $0.lowercased() })
        if !names.contains("host") { headers.add(name: "Host", value: target.authority) }
        for (name, value) in task.headers.sorted(by: { $0.key < $1.key }) { headers.add(name: name, value: value) }
        body = task.body.isEmpty ? nil : ByteBuffer(string: filled(task.body))
        if body != nil, !names.contains("content-type") {
            headers.add(name: "Content-Type", value: "application/json")
        }
        if body != nil || ["POST", "PUT", "PATCH"].contains(task.method) {
            headers.replaceOrAdd(name: "Content-Length", value: "\(body?.readableBytes ?? 0)")
        }
        head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: task.method), uri: target.base + filled(task.path),
            headers: headers)
    }
}
