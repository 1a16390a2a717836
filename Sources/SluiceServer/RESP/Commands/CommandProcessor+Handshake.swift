import RESP
import Sluice

/// What clients send on connecting. Words and errors are those of Redis 7.
extension CommandProcessor {
    /// What clients are told that they talk to. Some refuse a server that does not call itself Redis.
    static var imitatedVersion: String { "7.0.15" }

    mutating func ping(_ request: Request) {
        guard request.sent <= 2 else { return failCount("ping") }
        if request.count == 2 { replies.bulk(request[1]) } else { replies.simple("PONG") }
    }

    mutating func hello(_ request: Request, _ session: inout Session) {
        var version = session.version
        var name: [UInt8]?
        var proof: Proof?
        if request.count > 1 {
            guard let number = Int64(strictDecimal: request[1]) else {
                return fail("ERR Protocol version is not an integer or out of range")
            }
            guard let asked = RESPVersion(rawValue: Int(number)) else {
                return fail("NOPROTO unsupported protocol version")
            }
            version = asked
        }
        var index = 2
        while index < request.count {
            if request[index].isWord("auth"), index + 2 < request.count {
                proof = self.proof(name: request[index + 1], secret: request[index + 2], session)
                guard proof != nil else { return failPassword() }
                index += 3
            } else if request[index].isWord("setname"), index + 1 < request.count {
                guard let valid = validName(request[index + 1], "Client names") else { return }
                name = valid
                index += 2
            } else {
                return fail("ERR Syntax error in HELLO option '\(Self.text(request[index]))'")
            }
        }
        if refusesHello(session, proof) { return }
        if let proof { session.accept(proof) }
        if let name { session.name = name }
        session.version = version
        replies.version = version
        answerHello(session)
    }

    private mutating func answerHello(_ session: Session) {
        replies.map(7)
        replies.bulk("server")
        replies.bulk("redis")
        replies.bulk("version")
        replies.bulk(Self.imitatedVersion)
        replies.bulk("proto")
        replies.integer(Int64(session.version.rawValue))
        replies.bulk("id")
        replies.integer(Int64(session.id))
        replies.bulk("mode")
        replies.bulk("standalone")
        replies.bulk("role")
        replies.bulk("master")
        replies.bulk("modules")
        replies.array(0)
    }

    mutating func select(_ request: Request) {
        guard let index = Int64(strictDecimal: request[1]), Int32(exactly: index) != nil else {
            return fail("ERR value is not an integer or out of range")
        }
        guard index == 0 else { return fail("ERR DB index is out of range") }
        replies.simple("OK")
    }

    mutating func reset(_ session: inout Session) {
        session.version = .two
        session.name = []
        session.access = nil
        replies.version = .two
        replies.simple("RESET")
    }

    mutating func quit(_ session: inout Session) {
        session.flow = .closing
        replies.simple("OK")
    }

    mutating func time(at now: Timestamp) {
        let (seconds, nanoseconds) = now.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        replies.array(2)
        replies.bulk(String(seconds))
        replies.bulk(String(nanoseconds / 1_000))
    }
}

/// `CLIENT`.
extension CommandProcessor {
    mutating func client(_ request: Request, _ session: inout Session, at now: Timestamp) {
        let subcommand = request[1]
        let words = request.sent
        if subcommand.isWord("setinfo") {
            guard words == 4 else { return failCount("client|setinfo") }
            setInfo(request, &session)
        } else if subcommand.isWord("setname") {
            guard words == 3 else { return failCount("client|setname") }
            guard let name = validName(request[2], "Client names") else { return }
            session.name = name
            replies.simple("OK")
        } else if subcommand.isWord("getname") {
            guard words == 2 else { return failCount("client|getname") }
            if session.name.isEmpty { replies.null() } else { session.name.withUnsafeBytes { replies.bulk($0) } }
        } else if subcommand.isWord("id") {
            guard words == 2 else { return failCount("client|id") }
            replies.integer(Int64(session.id))
        } else if subcommand.isWord("info") {
            guard words == 2 else { return failCount("client|info") }
            replies.verbatim(session.line(at: now))
        } else if subcommand.isWord("no-evict") || subcommand.isWord("no-touch") {
            guard words == 3 else { return failCount("client|" + Self.text(subcommand).lowercased()) }
            guard request[2].isWord("on") || request[2].isWord("off") else { return fail("ERR syntax error") }
            replies.simple("OK")
        } else {
            fail("ERR unknown subcommand '\(Self.text(subcommand))'. Try CLIENT HELP.")
        }
    }

    private mutating func setInfo(_ request: Request, _ session: inout Session) {
        if request[2].isWord("lib-name") {
            guard let value = validName(request[3], "lib-name") else { return }
            session.libraryName = value
        } else if request[2].isWord("lib-ver") {
            guard let value = validName(request[3], "lib-ver") else { return }
            session.libraryVersion = value
        } else {
            return fail("ERR Unrecognized option '\(Self.text(request[2]))'")
        }
        replies.simple("OK")
    }

    /// A name as `CLIENT INFO` can show it, or `nil` after an error.
    private mutating func validName(_ bytes: UnsafeRawBufferPointer, _ what: String) -> [UInt8]? {
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            fail("ERR \(what) cannot contain spaces, newlines or special characters.")
            return nil
        }
        guard bytes.count <= Descriptor.maximumBytes else {
            fail("ERR \(what) cannot be longer than \(Descriptor.maximumBytes) bytes.")
            return nil
        }
        return Array(bytes)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are a word, whatever their case; for words of up to 16 bytes.
    func isWord(_ word: StaticString) -> Bool { CommandName(self) == CommandName(word) }
}
