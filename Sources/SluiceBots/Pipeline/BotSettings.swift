internal import Sluice

/// Runs around handlers, once an update may pass and inside of what catches errors.
public typealias BotMiddleware =
    @Sendable (_ call: BotCall, _ next: @escaping @Sendable (BotCall) async throws -> Void) async throws -> Void

/// How a pipeline treats what it does not let pass, and who hears of it.
public struct BotSettings: Sendable {
    /// Who passes every handler uncounted.
    public var exemptions: [Exemption] = []
    /// Whether users are told that they are denied, once until the denial is over.
    public var repliesToDenials = true
    /// Whether users are told so also when they only said the same thing twice.
    public var repliesToRepeats = false
    /// Whether users are told that a handler threw.
    public var repliesToFailures = true
    /// For how long a user whose handler threw is not told so again.
    public var silenceAfterFailure = Duration.seconds(30)
    /// What is said, by language tags such as `de`; a tag such as `pt-br` finds `pt` if it is not there itself.
    public var languages = BotPhrases.languages
    /// The language of whoever speaks none of these, or whose platform does not tell.
    public var language = "en"
    /// A reply of your own to a denial; `nil` from it says nothing.
    public var denialReply: (@Sendable (BotDenial) -> BotReply?)?
    /// What runs around handlers, the first outermost.
    public var middlewares: [BotMiddleware] = []
    /// Is called before the handler of an update that passes.
    public var onAllowed: (@Sendable (BotCall) async -> Void)?
    /// Is called for an update that is denied.
    public var onDenied: (@Sendable (BotDenial) async -> Void)?
    /// Is called for an update that could not be decided, whose handler threw, or whose reply could not be sent.
    public var onError: (@Sendable (BotFailure) async -> Void)?

    /// Settings that are right for most bots.
    public init() {}

    /// What is said in a language.
    func phrases(for tag: String?) -> BotPhrases {
        if let tag = tag?.lowercased() {
            if let exact = languages[tag] { return exact }
            let short = tag.prefix { $0 != "-" && $0 != "_" }
            if let known = languages[String(short)] { return known }
        }
        return languages[language] ?? .english
    }

    /// What a user is told who is denied; `nil` if nothing.
    func reply(to denial: BotDenial) -> BotReply? {
        guard repliesToDenials, repliesToRepeats || denial.algorithm != .debounce else { return nil }
        if let denialReply { return denialReply(denial) }
        let phrases = phrases(for: denial.update.user?.language)
        let text: String
        switch (denial.denial.reason, denial.denial.retryAfter) {
        // Who is on a deny list need not know what gets him off it.
        case (.listed, _): return nil
        case (.impossible, _), (_, nil): text = phrases.never
        case (.banned, let span?): text = phrases.text(phrases.banned, span)
        case (.storeFailed, _), (.storeFull, _): text = phrases.failed
        case (.limited, let span?):
            text = denial.algorithm == .concurrency ? phrases.busy : phrases.text(phrases.wait, span)
        }
        return denial.update.reply(text)
    }
}

extension BotUpdate {
    /// Words in answer to it: shown to whoever pressed a button, else said.
    func reply(_ text: String) -> BotReply { callbackData == nil ? .message(text) : .alert(text) }
}
