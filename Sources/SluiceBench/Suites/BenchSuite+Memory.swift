extension BenchSuite {
    /// What users take in this process, and on a Redis.
    static let memory = BenchSuite(
        "memory", "what 1,000 to 10 million users take, here and on Redis",
        needs: [.redis]
    ) { context in
        let tables = MemoryTables(context)
        do {
            let measured = try await [tables.users(), tables.components(), tables.redisComponents()]
            await tables.close()
            return measured.compactMap(\.self)
        } catch {
            await tables.close()
            throw error
        }
    }
}
