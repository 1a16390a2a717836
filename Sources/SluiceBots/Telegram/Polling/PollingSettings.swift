/// How updates are fetched by long polling.
public struct PollingSettings: Sendable, Hashable {
    /// How long the Bot API may keep a request open while nothing happens.
    public var longPoll: Duration
    /// The most updates of an answer, 1 to 100.
    public var batch: Int
    /// For how long an update that is being handled is kept unconfirmed, so that it comes again if this process dies.
    /// What takes longer is confirmed before it is done. Zero confirms on receipt.
    public var patience: Duration
    /// While something is unconfirmed the Bot API answers at once with it, so new updates are looked for this often.
    public var recheck: Duration
    /// The ceiling of the first wait after a failure; each further one doubles it.
    public var firstWait: Duration
    /// The ceiling that the doubling ends at.
    public var longestWait: Duration
    /// The kinds to be sent; empty for what the Bot API sends by itself, which is all but `chat_member`,
    /// `message_reaction` and `message_reaction_count`.
    public var kinds: [TelegramUpdateKind]

    /// Settings; what is left out is right for most bots.
    public init(
        longPoll: Duration = .seconds(50), batch: Int = 100, patience: Duration = .seconds(30),
        recheck: Duration = .milliseconds(250), firstWait: Duration = .seconds(1), longestWait: Duration = .seconds(60),
        kinds: [TelegramUpdateKind] = []
    ) {
        precondition((1...100).contains(batch), "the Bot API sends 1 to 100 updates at once")
        precondition(firstWait > .zero && longestWait >= firstWait && recheck > .zero, "waits are longer than nothing")
        self.longPoll = longPoll
        self.batch = batch
        self.patience = patience
        self.recheck = recheck
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.kinds = kinds
    }
}
