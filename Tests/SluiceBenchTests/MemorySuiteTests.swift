import Testing

@testable import SluiceBench

/// What it measures is tested in a process of its own: see `BenchTests`.
@Suite("The suite of memory")
struct MemorySuiteTests {
    @Test("counts the bytes of the heap that are in use as glibc tells them")
    func heap() {
        let text = """
            <heap nr="0"><total type="rest" count="1" size="7"/><system type="current" size="50"/></heap>
            <total type="fast" count="1" size="10"/><total type="rest" count="2" size="100"/>
            <total type="mmap" count="1" size="5000"/><system type="current" size="2000"/>
            """
        #expect(OwnMemory.inUse(text) == 2_000 + 5_000 - 10 - 100)
        #expect(OwnMemory.inUse("<malloc></malloc>") == nil)
    }
}
