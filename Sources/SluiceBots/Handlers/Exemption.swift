/// Who passes uncounted.
///
/// An exempt user's updates reach their handler whatever the limits say, and charge nothing: no rule, no slot.
public struct Exemption: Sendable {
    enum Test: Sendable {
        case users(Set<String>)
        case roles(Set<BotUser.Role>)
        case matching(@Sendable (BotUpdate) -> Bool)
    }

    let test: Test

    /// Users by the platform's identifiers, such as those of the bot's owners.
    public static func users(_ ids: String...) -> Exemption { users(ids) }

    /// Users by the platform's identifiers.
    public static func users(_ ids: some Sequence<String>) -> Exemption { Exemption(test: .users(Set(ids))) }

    /// Whoever has one of these roles where the update comes from.
    public static func roles(_ roles: BotUser.Role...) -> Exemption { Exemption(test: .roles(Set(roles))) }

    /// Whomever a test of your own says yes to.
    public static func matching(_ test: @escaping @Sendable (BotUpdate) -> Bool) -> Exemption {
        Exemption(test: .matching(test))
    }

    func covers(_ update: BotUpdate) -> Bool {
        switch test {
        case .users(let ids): update.user.map { ids.contains($0.id) } ?? false
        case .roles(let roles): update.user.map { !$0.roles.isDisjoint(with: roles) } ?? false
        case .matching(let test): test(update)
        }
    }
}
