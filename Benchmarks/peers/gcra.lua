-- One token bucket by one stored time: KEYS[1], the microseconds that a token takes, those that a full bucket holds.
-- Answers whether it passes, how many more would pass now, and in how many microseconds the next one does.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local stored = redis.call('GET', KEYS[1])
local full = stored and math.max(tonumber(stored), now) or now
local after = full + interval
if after - now > capacity then
    return {0, 0, after - capacity - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, math.floor((capacity - after + now) / interval), 0}
