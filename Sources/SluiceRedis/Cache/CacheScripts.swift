/// What Redis does in one step. Short enough to be sent each time, so that a server that has forgotten them needs no
/// second question.
enum CacheScripts {
    /// Writes a value if what lies there begins with the bytes that were read before: KEYS value, ARGV those bytes, the
    /// value, milliseconds.
    static let fill = """
        if redis.call('GETRANGE', KEYS[1], 0, 8) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """

    /// Removes a lock if it is the caller's: KEYS lock, ARGV token.
    static let unlock = """
        if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
        return 0
        """

    /// Remembers a pattern: KEYS patterns, ARGV pattern, microseconds that it is remembered, how many are at most.
    ///
    /// The first line has the number below which everything is invalid, each other one a number and its pattern.
    /// Numbers rise, also when the clock is set back or the list has expired.
    static let remember = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local last, floor, kept = 0, 0, {}
        for line in (redis.call('GET', KEYS[1]) or ''):gmatch('[^\\n]+') do
            local number, pattern = line:match('^(%d+) ?(.*)$')
            number = tonumber(number)
            if pattern == '' then
                floor = number
            elseif number > now - ARGV[2] and ARGV[1] ~= '*' then
                kept[#kept + 1] = line
            end
            if number > last then last = number end
        end
        local number = math.max(last + 1, now)
        if ARGV[1] == '*' then
            floor = number
        else
            kept[#kept + 1] = string.format('%.0f %s', number, ARGV[1])
        end
        while #kept > tonumber(ARGV[3]) do
            floor = math.max(floor, tonumber(kept[1]:match('^%d+')))
            table.remove(kept, 1)
        end
        table.insert(kept, 1, string.format('%.0f', floor))
        redis.call('SET', KEYS[1], table.concat(kept, '\\n'), 'PX', string.format('%.0f', ARGV[2] / 1000))
        return 1
        """
}
