-- One step on what instances agree on about a breaker, as Sources/Sluice/Breaker/BreakerRecord.swift does it.
--
-- KEYS[1]  the record: generation, open until, claimed until, waits, expiry; -1 where there is none
-- ARGV     operation, its duration, generation, waits, how long to keep, and the time for tests or nothing
-- returns  generation, how long calls are refused or -1, waits, whether it is granted
-- Times are microseconds; all numbers are whole and below 2^53, where doubles are exact.

local operation, duration, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5])
local expected, asked = tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(ARGV[6])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
end

local generation, openUntil, claimedUntil, waits, expiry = 0, -1, -1, 0, -1
local known = redis.call('GET', KEYS[1])
if known then
    local read = {}
    for number in string.gmatch(known, '%S+') do read[#read + 1] = tonumber(number) end
    if #read == 5 and read[5] > now then
        generation, openUntil, claimedUntil, waits, expiry = unpack(read)
    else
        known = false
    end
end

local granted, isChanged = true, false
local next = (known and generation or expected) + 1
if operation == 'open' then
    granted = not known or generation == expected
    if granted then
        openUntil, claimedUntil, waits = now + duration, -1, asked
        expiry, isChanged = openUntil + keep, true
    end
elseif operation == 'probe' then
    granted = not known or (openUntil >= 0 and math.max(openUntil, claimedUntil) <= now)
    if granted then
        if not known then openUntil, waits = now, asked end
        claimedUntil = now + duration
        expiry, isChanged = claimedUntil + keep, true
    end
elseif operation == 'close' then
    granted = not known or generation == expected
    if granted and known then
        openUntil, claimedUntil, waits = -1, -1, 0
        expiry, isChanged = now + keep, true
    end
end

if isChanged then
    generation = next
    local record = string.format('%.0f %.0f %.0f %.0f %.0f', generation, openUntil, claimedUntil, waits, expiry)
    redis.call('SET', KEYS[1], record, 'PX', math.max(1, math.ceil((expiry - now) / 1000)))
end
local refused = -1
if openUntil >= 0 then refused = math.max(0, math.max(openUntil, claimedUntil) - now) end
return {generation, refused, waits, granted and 1 or 0}
