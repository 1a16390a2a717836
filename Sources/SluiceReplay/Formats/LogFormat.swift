import Sluice

/// The forms of logs that a replay reads.
public enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// The common and combined formats of Apache and nginx.
    case access
    /// `TIMESTAMP IRC-LINE`, as chat recorders write it.
    case irc
    /// One JSON object on each line.
    case json
    /// Comma, semicolon or tab separated values below a line of names (RFC 4180).
    case csv

    /// The key whose values are the callers of a report, unless asked for another.
    var callerKey: DescriptorKey? {
        switch self {
        case .access: .ip
        case .irc: .user
        case .json, .csv: nil
        }
    }
}

/// Where the fields of JSON lines and CSV files get their keys from.
public struct FieldMapping: Hashable, Sendable {
    /// The descriptor key, or `time`, and the field that gives its value; `a.b` is field `b` of object `a`.
    public var fields: [String: String]

    /// A mapping of these fields; fields that are not named are found by their usual names.
    public init(_ fields: [String: String] = [:]) { self.fields = fields }

    /// The name of the moment among the descriptor keys.
    public static let time = "time"

    /// The names that a key's field may have, the most wanted first.
    func names(for key: String) -> [String] {
        if let field = fields[key] { return [field] }
        let usual = Self.usualNames[key] ?? []
        return usual.contains(key) ? usual : [key] + usual
    }

    private static let usualNames: [String: [String]] = [
        time: [
            "time", "timestamp", "@timestamp", "ts", "datetime", "date", "time_local", "time_iso8601", "msec",
            "created_at",
        ],
        "ip": [
            "ip", "client_ip", "clientip", "remote_addr", "remote_ip", "remote_host", "clientIp", "source_ip", "addr",
        ],
        "method": ["method", "request_method", "http_method", "verb"],
        "path": ["path", "uri", "request_uri", "url", "request_path"],
        "status": ["status", "status_code", "response", "code"],
        "user": ["user", "user_id", "userId", "uid", "username", "user_name", "login", "nick", "remote_user", "from"],
        "agent": ["agent", "user_agent", "userAgent", "http_user_agent", "useragent"],
        "chat": ["chat", "chat_id", "chatId", "channel", "room", "group"],
        "text": ["text", "message", "msg", "body", "content"],
        "command": ["command", "cmd"],
    ]
}
