/// What a user may do: a request, and how often it is chosen beside the others.
public struct LoadTask: Sendable, Hashable {
    /// Results are told by it.
    public var name: String
    /// Of all weights together, so much falls to this task.
    public var weight: Int
    /// Such as `GET`.
    public var method: String
    /// Behind the server's URL, with its query; `{user}` stands for the user's number.
    public var path: String
    /// The request's fields, beside `Host` and those of the body.
    public var headers: [String: String]
    /// What is sent; `{user}` stands for the user's number. It is JSON unless ``headers`` say otherwise.
    public var body: String

    /// A request and its weight.
    public init(
        _ name: String, weight: Int = 1, _ method: String, _ path: String, headers: [String: String] = [:],
        body: String = ""
    ) {
        self.name = name
        self.weight = weight
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// Reads `NAME=WEIGHT METHOD PATH [BODY]`; without a weight it is 1.
    /// - Throws: What is wrong with the text.
    public init(text: String, headers: [String: String] = [:]) throws(BenchError) {
        let words = text.split(separator: " ", maxSplits: 3)
        guard words.count >= 3 else {
            throw BenchError("'\(text)' is no task: write 'NAME=WEIGHT METHOD PATH [BODY]', such as 'home=3 GET /'")
        }
        let name = words[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let weight = name.count == 2 ? Int(name[1]) : 1 else {
            throw BenchError("'\(name[1])' is no weight: write a whole number from 1, such as '\(name[0])=3'")
        }
        self.init(
            String(name[0]), weight: weight, String(words[1]), String(words[2]), headers: headers,
            body: words.count > 3 ? String(words[3]) : "")
    }

    /// Reads a header field as it is written in a request, `NAME: VALUE`.
    /// - Throws: What is wrong with the text.
    public static func header(text: String) throws(BenchError) -> (name: String, value: String) {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            throw BenchError("'\(text)' is no header field: write 'NAME: VALUE'")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " }))
    }

    /// Throws what a server could not read.
    func check() throws(BenchError) {
        guard !name.isEmpty else { throw BenchError("a task needs a name: write 'NAME=WEIGHT METHOD PATH [BODY]'") }
        guard (1...1_000_000).contains(weight) else {
            throw BenchError("the weight of '\(name)' is \(weight): choose one from 1 to 1000000")
        }
        guard Self.isToken(method) else {
            throw BenchError("'\(method)' of '\(name)' is no method: write one such as GET or POST")
        }
        guard path.first == "/", path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw BenchError("'\(path)' of '\(name)' is no path: it begins with / and has no spaces")
        }
        for (field, value) in headers {
            guard Self.isToken(field), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
                throw BenchError("'\(field): \(value)' of '\(name)' is no header field")
            }
        }
    }

    /// Source: RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
