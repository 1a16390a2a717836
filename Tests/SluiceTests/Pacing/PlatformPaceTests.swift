import Sluice
import SluiceTesting
import Testing

/// Presets against platforms that enforce their limits exactly, on messages that are on their way for as long as they
/// like.
@Suite("The pace that platforms allow")
struct PlatformPaceTests {
    private let time = ManualTime()

    @Test("5,000 messages to 1,000 chats of Telegram: not one 429, within 3 % of the shortest time")
    func telegram() async throws {
        let platform = PlatformModel.telegram()
        let pacer = try Pacer(.telegram(), time: .provided(by: time))
        let trial = PacingTrial([pacer], platform, on: time)
        let chats = (0..<5_000).map { Descriptor.telegram(chat: Int64(1 + $0 % 1_000)) }
        let report = try await trial.send(to: chats, seed: 1)
        #expect(platform.refused == 0)
        #expect(platform.accepted == 5_000)
        // 30 at once, and 30 more after each second.
        let shortest = Duration.seconds((5_000 - 1) / 30) + trial.latency * 2
        #expect(report.duration / shortest < 1.03, "\(report.duration)")
    }

    @Test("Connections that open slowly, and all messages of a moment that get stuck: not one 429")
    func stuck() async throws {
        let platform = PlatformModel.telegram()
        let pacer = try Pacer(.telegram(), time: .provided(by: time))
        var trial = PacingTrial([pacer], platform, on: time)
        // The first at once are 30, and 30 go each second.
        trial.delay = { number in
            switch number {
            case ..<30: .milliseconds(150)
            case 300..<330: .milliseconds(400)
            default: .zero
            }
        }
        let chats = (0..<900).map { Descriptor.telegram(chat: Int64($0)) }
        let report = try await trial.send(to: chats, seed: 7)
        #expect(platform.refused == 0)
        #expect(report.duration / .seconds(29) < 1.1, "\(report.duration)")
    }

    @Test("Two pacers on one limiter share what Telegram allows: not one 429")
    func twoPacers() async throws {
        let platform = PlatformModel.telegram()
        let limiter = try Limiter([PacingPreset.telegram().policy], time: .provided(by: time))
        let pacers = try (0..<2).map { _ in try Pacer(limiter, .telegram()) }
        let chats = (0..<1_500).map { Descriptor.telegram(chat: Int64(1 + $0 % 300)) }
        let report = try await PacingTrial(pacers, platform, on: time).send(to: chats, seed: 2)
        #expect(platform.refused == 0)
        #expect(report.duration / .seconds(1_499 / 30) < 1.04, "\(report.duration)")
    }

    @Test("Groups of Telegram get no more than they may")
    func groups() async throws {
        let platform = PlatformModel.telegram()
        let pacer = try Pacer(.telegram(), time: .provided(by: time))
        let chats = (0..<75).map { Descriptor.telegram(chat: $0 % 3 < 2 ? -1 : Int64($0)) }
        let report = try await PacingTrial([pacer], platform, on: time).send(to: chats, seed: 3)
        #expect(platform.refused == 0)
        // Fifty to the group: twenty, twenty after a minute, ten after another, one a second.
        #expect(report.duration / .seconds(130) < 1.03, "\(report.duration)")
    }

    @Test("Twitch's windows, whose phase nobody knows", arguments: [PacingPreset.TwitchStanding.user, .moderator])
    func twitch(standing: PacingPreset.TwitchStanding) async throws {
        let count = standing == .user ? 20 : 100
        let platform = PlatformModel([PlatformModel.Allowance(count, per: .seconds(30))])
        let pacer = try Pacer(.twitch(as: standing), time: .provided(by: time))
        var trial = PacingTrial([pacer], platform, on: time)
        trial.jitter = .milliseconds(250)
        let channels = (0..<(4 * count)).map { number -> Descriptor in [.chat: "#\(number % count)"] }
        let report = try await trial.send(to: channels, seed: 4)
        #expect(platform.refused == 0)
        #expect(report.duration / .seconds(90) < 1.04, "\(report.duration)")
    }

    @Test("One request a second, four a second")
    func apis() async throws {
        for (preset, count) in [(PacingPreset.wikipedia(), 1), (.igdb(), 4)] {
            let platform = PlatformModel([PlatformModel.Allowance(count, per: .seconds(1))])
            let pacer = try Pacer(preset, time: .provided(by: time))
            let calls = [Descriptor](repeating: [:], count: 10 * count)
            let report = try await PacingTrial([pacer], platform, on: time).send(to: calls, seed: 5)
            #expect(platform.refused == 0)
            #expect(report.duration / .seconds(9) < 1.04, "\(report.duration)")
        }
    }

    @Test("A platform that is stricter than it says is obeyed, and nothing is lost")
    func stricter() async throws {
        let platform = PlatformModel([PlatformModel.Allowance(10, per: .seconds(2))])
        var preset = PacingPreset.telegram()
        preset.settings.attempts = 50
        let pacer = try Pacer(preset, time: .provided(by: time))
        let chats = (0..<60).map { Descriptor.telegram(chat: Int64(1 + $0)) }
        _ = try await PacingTrial([pacer], platform, on: time).send(to: chats, seed: 6)
        #expect(platform.accepted == 60)
        #expect(platform.refused > 0)
    }
}
