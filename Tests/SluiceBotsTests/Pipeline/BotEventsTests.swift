import Sluice
import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("A pipeline's events")
struct BotEventsTests {
    @Test("tell of what was handled, denied, failed and not taken")
    func kinds() async throws {
        struct Broken: Error {}
        let bot = try BotPipeline {
            BotHandler(.command("good")) { _ in }
            BotHandler(.command("bad")) { _ in throw Broken() }
        }
        let events = bot.events()
        for text in ["/good", "/good", "/bad", "none"] { await bot.handle(.message(text)) }
        var names: [String] = []
        for await event in events {
            switch event {
            case .handled(let call): names.append("handled \(call.handler)")
            case .denied(let denial): names.append("denied \(denial.handler)")
            case .failed(let failure): names.append("failed \(failure.handler)")
            case .unhandled: names.append("unhandled")
            }
            if names.count == 4 { break }
        }
        #expect(names == ["handled good", "denied good", "failed bad", "unhandled"])
        #expect(events.dropped == 0)
    }

    @Test("are dropped, the oldest first, and counted, when nobody reads them in time")
    func bounded() async throws {
        let bot = try BotPipeline(debounce: nil, throttle: .unlimited) { BotHandler(.all) { _ in } }
        let events = bot.events(holding: 3)
        for number in 0..<10 { await bot.handle(.message("\(number)")) }
        #expect(events.dropped == 7)
        var iterator = events.makeAsyncIterator()
        guard case .handled(let call) = await iterator.next() else { Issue.record("no event"); return }
        #expect(call.update.text == "7")
    }
}
