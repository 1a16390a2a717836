import MetricsTestKit
import Testing

@testable import SluiceMetrics

@Suite("The handles of series")
struct SeriesBookTests {
    private let metrics = TestMetrics()

    @Test("are no more than there may be: what is new beyond is not told, what is known goes on")
    func bound() {
        var book = SeriesBook(metrics, most: 3)
        var readings = Readings()
        readings.count("a_total", 1)
        readings.level("b", 1)
        readings.sum("c_total", 0.5)
        book.tell(readings)
        #expect(metrics.total("a_total") == 1 && metrics.level("b") == 1 && metrics.total("c_total") == 0)
        readings.count("a_total", 1)
        readings.count("d_total", 1)
        readings.sum("c_total", 0.75)
        book.tell(readings)
        #expect(metrics.total("a_total") == 2 && metrics.level("b") == 1 && metrics.total("c_total") == 1)
        #expect(metrics.total("d_total") == nil)
    }

    @Test("of levels that nobody tells any more are given back, those of counters stay")
    func gone() {
        var book = SeriesBook(metrics, most: 3)
        var readings = Readings()
        readings.count("a_total", 1)
        readings.level("b", 7, ("node", "1"))
        readings.level("b", 8, ("node", "2"))
        book.tell(readings)
        #expect(metrics.level("b", ("node", "1")) == 7 && metrics.level("b", ("node", "2")) == 8)
        var later = Readings()
        later.level("b", 9, ("node", "2"))
        later.level("b", 10, ("node", "3"))
        book.tell(later)
        #expect(metrics.level("b", ("node", "1")) == nil && metrics.level("b", ("node", "2")) == 9)
        #expect(metrics.level("b", ("node", "3")) == 10 && metrics.total("a_total") == 1)
    }

    @Test("are told no less than before by a reading that comes late")
    func late() {
        var book = SeriesBook(metrics, most: 10)
        var (early, late) = (Readings(), Readings())
        early.count("a_total", 3)
        late.count("a_total", 5)
        book.tell(late)
        book.tell(early)
        #expect(metrics.total("a_total") == 5)
        late.count("a_total", 1)
        book.tell(late)
        #expect(metrics.total("a_total") == 6)
    }

    @Test("add up what several tell, or take the highest")
    func several() {
        var readings = Readings()
        for value in [2, 0, 1] {
            readings.level("waiting", value)
            readings.highest("state", value)
            readings.count("a_total", value)
        }
        #expect(readings.levels == [Series("waiting", []): 3, Series("state", []): 2])
        #expect(readings.counts == [Series("a_total", []): 3])
    }
}
