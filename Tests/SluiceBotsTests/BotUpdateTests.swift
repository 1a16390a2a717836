import Sluice
import SluiceBots
import SluiceBotsTesting
import Testing

@Suite("What an update says to rules")
struct BotUpdateTests {
    @Test("a message in a group names its user, its chat and the group")
    func group() {
        let descriptor = BotUpdate.message("hi", from: "7", in: "-100").descriptor
        #expect(descriptor[.user] == "7")
        #expect(descriptor[.chat] == "-100")
        #expect(descriptor[.group] == "-100")
        #expect(descriptor[.command] == nil)
    }

    @Test("a message to the bot alone names no group")
    func direct() {
        let descriptor = BotUpdate.message("/start now", from: "7").descriptor
        #expect(descriptor[.chat] == "7")
        #expect(descriptor[.group] == nil)
        #expect(descriptor[.command] == "start")
    }

    @Test("a text longer than a descriptor holds is cut at a character's end")
    func longText() {
        let text = String(repeating: "ü", count: 600)
        #expect(BotUpdate.message("a" + text).descriptor[.text] == "a" + String(repeating: "ü", count: 511))
    }
}
