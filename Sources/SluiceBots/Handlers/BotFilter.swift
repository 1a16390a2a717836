/// Which updates a handler takes.
///
/// ```swift
/// BotHandler(.command("start", "help")) { call in try await call.reply("Hello") }
/// BotHandler(.kind("message").and(.matching { $0.chat?.kind == .direct })) { call in … }
/// ```
public struct BotFilter: Sendable {
    enum Test: Sendable {
        case all
        case commands(Set<String>)
        /// Few, and found sooner by looking than by hashing.
        case kinds([String])
        case callback(prefix: [UInt8])
        case matching(@Sendable (BotUpdate) -> Bool)
        indirect case both(Test, Test)
    }

    let test: Test
    /// What a handler of these is called unless it says otherwise.
    let name: String

    private init(_ test: Test, _ name: String) { (self.test, self.name) = (test, name) }

    /// Every update.
    public static let all = BotFilter(.all, "all")

    /// One of these commands, as ``BotUpdate/command`` has it: without a mark, in small letters or not.
    public static func command(_ names: String...) -> BotFilter { commands(names) }

    /// One of these commands.
    public static func commands(_ names: [String]) -> BotFilter {
        BotFilter(.commands(Set(names.map { $0.lowercased() })), names.first ?? "command")
    }

    /// One of these kinds, in the platform's words.
    public static func kind(_ kinds: String...) -> BotFilter {
        BotFilter(.kinds(kinds), kinds.first ?? "kind")
    }

    /// A pressed button whose data begins with these characters; an empty prefix takes every button.
    public static func callback(_ prefix: String = "") -> BotFilter {
        BotFilter(.callback(prefix: Array(prefix.utf8)), prefix.isEmpty ? "callback" : prefix)
    }

    /// Whatever a test of your own says yes to. It is asked for every update that no earlier handler takes.
    public static func matching(_ test: @escaping @Sendable (BotUpdate) -> Bool) -> BotFilter {
        BotFilter(.matching(test), "matching")
    }

    /// What both take.
    public func and(_ other: BotFilter) -> BotFilter {
        if case .all = test { return other }
        if case .all = other.test { return self }
        return BotFilter(.both(test, other.test), name)
    }

    /// Whether an update is among them.
    public func takes(_ update: BotUpdate) -> Bool { test.takes(update) }
}

extension BotFilter.Test {
    func takes(_ update: BotUpdate) -> Bool {
        switch self {
        case .all: true
        case .commands(let names): update.command.map { names.contains($0) || names.contains($0.lowercased()) } ?? false
        case .kinds(let kinds): kinds.contains(update.kind)
        case .callback(let prefix): update.callbackData?.utf8.starts(with: prefix) ?? false
        case .matching(let test): test(update)
        case .both(let first, let second): first.takes(update) && second.takes(update)
        }
    }
}
