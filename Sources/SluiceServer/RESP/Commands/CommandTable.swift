import RESP

/// The commands that the transport answers.
enum Command: CaseIterable {
    case clThrottle, sluiceCheck, sluicePeek, sluiceRefund, sluiceReset
    case sluiceAcquire, sluiceRenew, sluiceRelease
    case ping, echo, hello, auth, acl, client, command, config, info, select, reset, quit, time, dbsize
}

/// What `COMMAND` tells of a command, and what its requests are checked by.
struct CommandDescription {
    let command: Command
    let name: StaticString
    /// How many words a request has, the name included; negative for at least that many.
    let arity: Int
    let summary: StaticString
    /// How its arguments are written.
    let usage: StaticString
    let group: StaticString

    func accepts(_ words: Int) -> Bool { arity < 0 ? words >= -arity : words == arity }
}

/// Finds commands by name, whatever their case.
struct CommandTable {
    private let entries: [(name: CommandName, description: CommandDescription)]

    init() { entries = Self.all.map { (CommandName($0.name), $0) } }

    /// The commands are few and the most used stand first, so a search from the front is as fast as any.
    func description(of name: UnsafeRawBufferPointer) -> CommandDescription? {
        guard let name = CommandName(name) else { return nil }
        return entries.first { $0.name == name }?.description
    }

    static let all: [CommandDescription] = [
        // The command checks its own words, with redis-cell's messages.
        CommandDescription(
            command: .clThrottle, name: "cl.throttle", arity: -1, summary: "Decide by a limit given with the key",
            usage: "key max_burst count_per_period period_seconds [quantity]", group: "sluice"),
        CommandDescription(
            command: .sluiceCheck, name: "sluice.check", arity: -2, summary: "Decide by a policy and charge it",
            usage: "policy [cost] key value [key value ...]", group: "sluice"),
        CommandDescription(
            command: .sluicePeek, name: "sluice.peek", arity: -2, summary: "Say what a check would, and charge nothing",
            usage: "policy [cost] key value [key value ...]", group: "sluice"),
        CommandDescription(
            command: .sluiceRefund, name: "sluice.refund", arity: -2, summary: "Give back what a check has charged",
            usage: "policy [cost] key value [key value ...]", group: "sluice"),
        CommandDescription(
            command: .sluiceReset, name: "sluice.reset", arity: -2, summary: "Forget what a descriptor has used",
            usage: "policy [cost] key value [key value ...]", group: "sluice"),
        CommandDescription(
            command: .sluiceAcquire, name: "sluice.acquire", arity: -2, summary: "Take a lease of a concurrency limit",
            usage: "policy key value [key value ...]", group: "sluice"),
        CommandDescription(
            command: .sluiceRenew, name: "sluice.renew", arity: 2, summary: "Hold a lease for its whole duration more",
            usage: "lease", group: "sluice"),
        CommandDescription(
            command: .sluiceRelease, name: "sluice.release", arity: 2, summary: "Give a lease back",
            usage: "lease", group: "sluice"),
        CommandDescription(
            command: .ping, name: "ping", arity: -1, summary: "Answer PONG, or the message",
            usage: "[message]", group: "connection"),
        CommandDescription(
            command: .echo, name: "echo", arity: 2, summary: "Answer the message", usage: "message",
            group: "connection"),
        CommandDescription(
            command: .hello, name: "hello", arity: -1, summary: "Agree on a version of the protocol",
            usage: "[protover [AUTH username password] [SETNAME clientname]]", group: "connection"),
        CommandDescription(
            command: .auth, name: "auth", arity: -2, summary: "Authenticate; without users nobody needs to",
            usage: "[username] password", group: "connection"),
        CommandDescription(
            command: .acl, name: "acl", arity: -2, summary: "Tell who asks, and who may what",
            usage: "WHOAMI | CAT [category] | LIST | USERS", group: "server"),
        CommandDescription(
            command: .client, name: "client", arity: -2, summary: "Tell or ask about this connection",
            usage: "GETNAME | ID | INFO | SETNAME name | SETINFO attribute value | NO-EVICT on | NO-TOUCH on",
            group: "connection"),
        CommandDescription(
            command: .command, name: "command", arity: -1, summary: "Tell about commands",
            usage: "[COUNT | LIST | INFO [name ...] | DOCS [name ...]]", group: "server"),
        CommandDescription(
            command: .config, name: "config", arity: -2, summary: "Tell a setting", usage: "GET pattern [pattern ...]",
            group: "server"),
        CommandDescription(
            command: .info, name: "info", arity: -1, summary: "Tell about the server", usage: "[section ...]",
            group: "server"),
        CommandDescription(
            command: .select, name: "select", arity: 2, summary: "Choose the only database, 0", usage: "index",
            group: "connection"),
        CommandDescription(
            command: .reset, name: "reset", arity: 1, summary: "Put the connection back as it began", usage: "",
            group: "connection"),
        CommandDescription(
            command: .quit, name: "quit", arity: -1, summary: "End the connection", usage: "", group: "connection"),
        CommandDescription(
            command: .time, name: "time", arity: 1, summary: "Tell the seconds and microseconds since 1970", usage: "",
            group: "server"),
        CommandDescription(
            command: .dbsize, name: "dbsize", arity: 1, summary: "Tell how many cells are held", usage: "",
            group: "server"),
    ]
}
