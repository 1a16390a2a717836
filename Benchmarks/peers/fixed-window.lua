-- A count that begins with the first call and ends with its expiry: KEYS[1], the limit, the seconds of the window.
-- Answers whether it passes, how many more would pass now, and in how many milliseconds the window ends.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
local limit = tonumber(ARGV[1])
if count > limit then
    return {0, 0, redis.call('PTTL', KEYS[1])}
end
return {1, limit - count, 0}
