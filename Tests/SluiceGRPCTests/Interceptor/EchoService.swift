import GRPCCore
import GRPCInProcessTransport

/// A service of bytes: `echo.Echo/Get` answers what it was sent, `echo.Echo/Stream` each of several messages.
struct EchoService: RegistrableRPCService {
    static let get = MethodDescriptor(fullyQualifiedService: "echo.Echo", method: "Get")
    static let stream = MethodDescriptor(fullyQualifiedService: "echo.Echo", method: "Stream")

    /// Is run before each message that is streamed, and may fail.
    var beforeMessage: @Sendable () async throws -> Void = {}

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        let beforeMessage = beforeMessage
        for method in [Self.get, Self.stream] {
            router.registerHandler(forMethod: method, deserializer: PlainBytes(), serializer: PlainBytes()) {
                request, _ in
                StreamingServerResponse { writer in
                    for try await message in request.messages {
                        try await beforeMessage()
                        try await writer.write(message)
                    }
                    return ["echo-end": "1"]
                }
            }
        }
    }
}

/// Messages that are nothing but bytes.
struct PlainBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ serialized: Bytes) throws -> [UInt8] {
        serialized.withUnsafeBytes { Array($0) }
    }
}

/// What a call was answered.
struct EchoAnswer: Sendable {
    var metadata: Metadata = [:]
    var messages: [[UInt8]] = []
    var error: RPCError?

    /// The one value of a name in the metadata.
    subscript(_ name: String) -> String? { Array((error?.metadata ?? metadata)[stringValues: name]).first }
}

extension GRPCClient {
    /// Calls a method with one message for each word.
    func echo(
        _ method: MethodDescriptor = EchoService.get, _ words: [String] = ["hello"], metadata: Metadata = [:]
    ) async throws -> EchoAnswer {
        let request = StreamingClientRequest<[UInt8]>(metadata: metadata) { writer in
            for word in words { try await writer.write(Array(word.utf8)) }
        }
        return try await bidirectionalStreaming(
            request: request, descriptor: method, serializer: PlainBytes(), deserializer: PlainBytes(),
            options: .defaults
        ) { (response: StreamingClientResponse<[UInt8]>) in
            switch response.accepted {
            case .failure(let error): return EchoAnswer(error: error)
            case .success(let contents):
                var answer = EchoAnswer(metadata: contents.metadata)
                do {
                    for try await part in contents.bodyParts {
                        if case .message(let message) = part { answer.messages.append(message) }
                    }
                } catch let error as RPCError {
                    answer.error = error
                }
                return answer
            }
        }
    }
}

extension EchoService {
    /// Runs something with a client of this service in this process.
    func during<Value: Sendable>(
        _ interceptors: (any ServerInterceptor)...,
        do body: (GRPCClient<InProcessTransport.Client>) async throws -> Value
    ) async throws -> Value {
        let transport = InProcessTransport()
        return try await withGRPCServer(transport: transport.server, services: [self], interceptors: interceptors) {
            _ in
            try await withGRPCClient(transport: transport.client) { client in try await body(client) }
        }
    }
}
