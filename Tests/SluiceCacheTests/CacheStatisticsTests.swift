import SluiceCache
import Testing

@Suite("What a cache counts")
struct CacheStatisticsTests {
    @Test("the share of hits is zero before the first question, and a percentage after")
    func share() {
        var statistics = CacheStatistics()
        #expect(statistics.hitPercent == 0)
        statistics.hits = 3
        statistics.misses = 1
        #expect(statistics.hitPercent == 75)
    }
}
