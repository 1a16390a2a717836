internal import Sluice

/// Lets one reply for each denial out to a user in a chat, however often he is denied meanwhile.
///
/// It is a limit of the engine: a reply takes a whole bucket and gives back all but what flows in again until the
/// denial is over. So it is bounded and freed as all limits are, and a limiter on Redis keeps it for all instances.
struct ReplyGate: Sendable {
    static let policyName = "bot-replies"
    /// How exactly a denial's end is known to it.
    static let unit = Duration.milliseconds(100)
    /// A day of units: who is denied for longer is told once a day.
    static let capacity: Int64 = 864_000
    /// How many users are remembered when no limiter of the bot's own keeps the policy.
    static let mostRemembered = 65_536

    private let handle: any PolicyHandleProtocol

    /// - Parameter limiter: The bot's own, which keeps the policy if it has it.
    /// - Throws: `SluiceError` if memory for it cannot be had.
    init(_ limiter: some LimiterProtocol) throws(SluiceError) {
        if limiter.policies.contains(where: { $0.name == Self.policyName }) {
            handle = try limiter.policy(Self.policyName)
        } else {
            let store = try MemoryStore(holding: Self.mostRemembered)
            handle = try Limiter([.botReplies], store: store, time: limiter.time).policy(Self.policyName)
        }
    }

    /// Whether a reply may go out; then none may for `window`. A store that fails lets none out.
    func opens(for update: BotUpdate, closingFor window: Duration?) async -> Bool {
        let descriptor: Descriptor = [.user: update.user?.id ?? "", .chat: update.chat?.id ?? ""]
        guard let decision = try? await handle.decide(descriptor, cost: Self.capacity), decision.isAllowed,
            !decision.isDegraded
        else { return false }
        let units = window.map { min(Self.capacity, Self.units($0)) } ?? Self.capacity
        if units < Self.capacity { _ = try? await handle.refund(descriptor, cost: Self.capacity - units) }
        return true
    }

    private static func units(_ window: Duration) -> Int64 {
        let parts = window.components
        guard parts.seconds < 86_400 else { return capacity }
        let tenths = parts.attoseconds / 100_000_000_000_000_000
        let isWhole = parts.attoseconds % 100_000_000_000_000_000 == 0
        return max(1, parts.seconds * 10 + tenths + (isWhole ? 0 : 1))
    }
}
