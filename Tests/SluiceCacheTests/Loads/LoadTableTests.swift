import Testing

@testable import SluiceCache

@Suite("Loads under way")
struct LoadTableTests {
    private func table(loads: Int = 2, queued: Int = 2, waiters: Int = 100) -> LoadTable<String> {
        LoadTable(LoadTable<String>.Bounds(loads: loads, queued: queued, waiters: waiters))
    }

    private func marks(_ name: String) -> LoadMarks { LoadMarks(hash: UInt64(name.utf8.first ?? 0)) }

    @Test("one load for each name, and all who wait get its result")
    func joining() {
        var table = table()
        #expect(table.join("a", [], marks("a"), id: 1, "one") == .begin(1))
        #expect(table.join("a", [], marks("a"), id: 2, "two") == .joined)
        #expect(table.join("b", [], marks("b"), id: 3, "three") == .begin(2))
        let told = table.told(1)
        #expect(Set(told.waiters) == ["one", "two"] && told.mayKeep)
        #expect(table.ended(1) == nil)
        #expect(table.waiterCount == 1 && table.count == 1)
    }

    @Test("loads above the bound wait, those above the queue's bound are refused")
    func bounds() {
        var table = table(loads: 1, queued: 1, waiters: 3)
        #expect(table.join("a", [], marks("a"), id: 1, "") == .begin(1))
        #expect(table.join("b", ["tag"], marks("b"), id: 2, "") == .queued)
        #expect(table.join("c", [], marks("c"), id: 3, "") == .refuse)
        #expect(table.join("b", [], marks("b"), id: 4, "") == .joined)
        #expect(table.join("b", [], marks("b"), id: 5, "") == .refuse)
        #expect(table.beginBackground("d", [], marks("d")) == nil)
        _ = table.told(1)
        let next = table.ended(1)
        #expect(next?.number == 2 && next?.name == "b" && next?.tags == ["tag"])
    }

    @Test("whoever leaves leaves the load to others; the last one ends it")
    func leaving() {
        var table = table(loads: 1)
        _ = table.join("a", [], marks("a"), id: 1, "one")
        _ = table.join("a", [], marks("a"), id: 2, "two")
        _ = table.join("b", [], marks("b"), id: 3, "queued")
        let first = table.leave(1)
        #expect(first?.waiter == "one" && first?.cancelled == nil)
        #expect(table.leave(2)?.cancelled == 1)
        #expect(table.leave(2) == nil)
        // Whoever comes now does not get the cancelled load's error.
        #expect(table.join("a", [], marks("a"), id: 4, "later") == .queued)
        #expect(table.leave(3)?.cancelled == nil)
        #expect(table.told(1).waiters.isEmpty)
        #expect(table.ended(1)?.name == "a")
    }

    @Test("nobody has to wait for a load behind an answer")
    func background() {
        var table = table()
        #expect(table.beginBackground("a", [], marks("a")) == 1)
        #expect(table.beginBackground("a", [], marks("a")) == nil)
        #expect(table.join("a", [], marks("a"), id: 1, "one") == .joined)
        #expect(table.leave(1)?.cancelled == nil)
        #expect(table.told(1).mayKeep)
    }

    @Test("what an invalidation overtakes is answered and not kept, and later callers begin anew")
    func overtaking() {
        var table = table()
        _ = table.join("a", [], LoadMarks(hash: 1, tags: [9]), id: 1, "early")
        #expect(table.overtake(.name(2)) == 0)
        #expect(table.overtake(.tag(9)) == 1)
        #expect(table.join("a", [], LoadMarks(hash: 1), id: 2, "late") == .begin(2))
        let old = table.told(1)
        #expect(old.waiters == ["early"] && !old.mayKeep)
        #expect(table.isOvertaken(1) && !table.isOvertaken(2))
        let new = table.told(2)
        #expect(new.waiters == ["late"] && new.mayKeep)
    }

    @Test("what is found to have a tag that was invalidated meanwhile is not kept")
    func tagsThatAreFound() {
        var table = table(loads: 3)
        for name in ["a", "b"] { _ = table.join(name, [], marks(name), id: name == "a" ? 1 : 2, name) }
        #expect(table.overtake(.tag(7)) == 0)
        #expect(!table.told(1, found: [3, 7]).mayKeep)
        #expect(table.told(2, found: [3]).mayKeep)
        for load in [1, 2] as [UInt64] { _ = table.ended(load) }
        _ = table.join("c", [], marks("c"), id: 3, "c")
        for tag in 0..<UInt64(LoadTable<String>.mostTagsSince) { #expect(table.overtake(.tag(tag)) == 0) }
        #expect(table.overtake(.tag(.max)) == 1)
    }

    @Test("of writes that overlap none is kept, of one alone it is")
    func writing() {
        var table = table()
        _ = table.join("a", [], marks("a"), id: 1, "reader")
        let first = table.beginWriting("a", marks("a"))
        #expect(table.join("a", [], marks("a"), id: 2, "waits for the write") == .joined)
        let second = table.beginWriting("a", marks("a"))
        #expect(!table.told(1).mayKeep)
        #expect(!table.told(first).mayKeep)
        #expect(!table.told(second).mayKeep)
        for load in [1, first, second] { _ = table.ended(load) }
        let alone = table.beginWriting("a", marks("a"))
        #expect(table.told(alone).mayKeep)
        _ = table.ended(alone)
        #expect(table.count == 0 && table.waiterCount == 0)
    }

    @Test("once it is closed nobody joins, and who waited for loads that had not begun is told")
    func closing() {
        var table = table(loads: 1)
        _ = table.join("a", [], marks("a"), id: 1, "runs")
        _ = table.join("b", [], marks("b"), id: 2, "waits")
        let closed = table.close()
        #expect(closed.running == [1] && closed.refused == ["waits"])
        #expect(table.join("a", [], marks("a"), id: 3, "") == .refuse)
        #expect(table.told(1).waiters == ["runs"])
        #expect(table.ended(1) == nil)
    }
}
