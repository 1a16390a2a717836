extension RedisServer {
    /// `redis://127.0.0.1:PORT`, with the password if there is one.
    package var url: String { "redis://\(credentials)127.0.0.1:\(port)" }

    /// `rediss://127.0.0.1:PORT` of a server that was started with TLS.
    package var tlsURL: String? { tlsPort.map { "rediss://\(credentials)127.0.0.1:\($0)" } }

    /// `unix://PATH` of a server that was started with a unix socket.
    package var unixURL: String? { unixPath.map { "unix://\(credentials)\($0)" } }

    private var credentials: String { password.map { ":\($0)@" } ?? "" }

    /// The answer to a command, which may be an error's message.
    @discardableResult
    package func command(_ words: String...) async throws -> ServerReply { try await command(words) }

    /// The answer to a command, which may be an error's message.
    @discardableResult
    package func command(_ words: [String], within limit: Duration = .seconds(10)) async throws -> ServerReply {
        try await commands([words], within: limit)[0]
    }

    /// The answers to commands that are sent at once on one connection.
    package func commands(
        _ commands: [[String]], within limit: Duration = .seconds(10)
    ) async throws -> [ServerReply] {
        let greeting = password.map { [["AUTH", $0]] } ?? []
        let replies = try await ServerControl.replies(to: greeting + commands, port: port, within: limit)
        return Array(replies.dropFirst(greeting.count))
    }

    /// The answer to a command that must succeed.
    @discardableResult
    package func succeed(_ words: String...) async throws -> ServerReply { try await succeed(words) }

    /// The answer to a command that must succeed.
    @discardableResult
    package func succeed(_ words: [String]) async throws -> ServerReply {
        let reply = try await command(words)
        if case .failure(let message) = reply {
            throw ServerProcess.Failure(description: "\(words.joined(separator: " ")): \(message)")
        }
        return reply
    }

    /// A section of `INFO`, by name.
    package func info(_ section: String) async throws -> [String: String] {
        let text = try await command("INFO", section).text ?? ""
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return values
    }

    /// Changes a setting while it runs.
    package func configSet(_ name: String, _ value: String) async throws {
        try await succeed("CONFIG", "SET", name, value)
    }

    /// The port by which nodes of a cluster talk to each other.
    func busPort() async throws -> String {
        try await succeed("CONFIG", "GET", "cluster-port").list.last?.text ?? ""
    }

    /// What `redis-cli` prints for a command.
    package func cli(_ words: String...) async throws -> String {
        let login = password.map { ["--no-auth-warning", "-a", $0] } ?? []
        return try await FinishedProgram.output(of: ["redis-cli", "-p", String(port)] + login + words)
    }

    /// Returns once a replica has everything that this server has written so far.
    package func waitForReplicas(_ count: Int = 1) async throws {
        try await eventually("\(count) replicas have everything") {
            // WAIT tells of what its own connection has seen written; the PING makes it see everything so far.
            try await commands([["PING"], ["WAIT", String(count), "1000"]])[1].number ?? 0 >= count
        }
    }
}
