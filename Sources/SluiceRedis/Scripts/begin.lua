-- Decides a batch: any number of requests, each of any number of rules, on Redis's time, in the order given.
--
-- KEYS     the keys of buckets, logs and leases, each once; requests name them by their place
-- ARGV[1]  the time in microseconds, for tests; empty for Redis's own
-- ARGV[2]  the limits, 36 bytes each (see Wire/LimitRecord.swift)
-- ARGV[3]  the requests (see Wire/DecisionBatch.swift)
-- returns  the time in 7 bytes, then what each charge is told (see Wire/ReplyReader.swift)
--
-- A bucket is a string with the cells of many keys:
--   2 mark | 6 expiry in ms | 1 number of limits | 2 cells to sweep at | limits, 15 bytes each | cells, 21 bytes each
--   limit: 1 algorithm | 7 count, or a penalty's window | 7 period, or a penalty's memory
--   cell:  7 field | 1 its limit's place | 7 expiry | 6 payload
-- A log:    2 mark | 1 bytes of an entry | 7 period | 6 newest in ms | entries, ms modulo their size
-- Leases:   2 mark | 7 duration | leases, 8 bytes number and 7 bytes expiry each
-- Times are microseconds; all numbers are whole and below 2^53, where doubles are exact. Nothing is written before
-- all is decided, and then each key once.

local byte, char, sub, find, rep, format, pack, decode, concat, floor, ceil, max, min

-- While a library is loaded there is nothing but `redis`; the rest comes with the first call.
local function takeTools()
    byte, char, sub, find, rep, format = string.byte, string.char, string.sub, string.find, string.rep, string.format
    pack, decode, concat = struct.pack, struct.unpack, table.concat
    floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
end

local TOKEN_BUCKET, LOG, WINDOW, FIXED, QUOTA, COOLDOWN, DEBOUNCE, LEASES, BAN, SHRINK = 0, 1, 2, 3, 4, 5, 6, 7, 9, 10
local THROTTLE = 11
local DECIDE, PEEK, ACQUIRE, REFUND, RESET, UNDO, RENEW, RELEASE, BORROW = 0, 1, 2, 3, 4, 5, 6, 7, 8
local SETTLE, HOLD, LIFT = 9, 10, 11
-- A decision of which each rule's own standing is told.
local OBSERVE = 16
local ALLOWED, LIMITED, IMPOSSIBLE, BANNED, WRONG_VALUE, WRONG_TIME = 0, 1, 2, 3, 4, 5
-- How an answer is written: its numbers, its numbers with fractions, a token bucket's debt or a gap's rest,
-- nothing else.
local NUMBERS, FRACTIONS, DEBT, BARE = 0, 64, 128, 192
local MARK_NUMBER = 0x0153
local MARK, LOG_MARK, LEASE_MARK = 'S\1', 'L\1', 'H\1'
local HEADER, LIMIT_BYTES, CELL_BYTES = 11, 15, 21
-- In the place of an entry: the request knows a calendar's periods for another time than Redis's.
local STALE = {isWrong = true, problem = WRONG_TIME}
local CENTURY = 3155760000000000

-- The batch at hand, and limits as they were taken apart before: a library's variables outlive a call.
local keys, now, shift, limits, values, entries, data, at, out, size
local knownLimits, knownCount = {}, 0

local function decodeLimits(packed)
    local decoded, from = {}, 1
    while from < #packed do
        local mark = sub(packed, from, from + 14)
        local l = {mark = mark, marks = {mark}, algorithm = 0, count = 0, period = 0, x = 0, y = 0, z = 0}
        l.algorithm, l.count, l.period, l.x, l.y, l.z, from = decode('<BI7I7I7I7I7', packed, from)
        if l.algorithm == THROTTLE then l.algorithm, l.period, l.isThrottle = TOKEN_BUCKET, l.y, true end
        decoded[#decoded + 1] = l
    end
    if knownCount >= 256 then knownLimits, knownCount = {}, 0 end
    knownLimits[packed], knownCount = decoded, knownCount + 1
    return decoded
end

local function begin(allKeys, arguments)
    if not byte then takeTools() end
    keys, data, at = allKeys, arguments[3], 1
    now = tonumber(arguments[1])
    shift = 0
    if not now then
        local time = redis.call('TIME')
        now = time[1] * 1000000 + time[2]
    else
        -- Keys expire by Redis's clock, whatever a test says the time is: ten minutes later than they should.
        shift = redis.call('TIME')[1] * 1000 - floor(now / 1000) + 600000
    end
    limits = knownLimits[arguments[2]] or decodeLimits(arguments[2])
    -- What the keys hold is read at once; an entry is made when something other than the shortest way needs it.
    values = #keys > 0 and redis.call('MGET', unpack(keys)) or {}
    entries = {}
    out, size = {pack('<I7', now)}, 1
end

-- When a bucket expires whose last cell does at `expiry`, in milliseconds: a little later, so that not every charge
-- has to move it.
local function bucketEnd(expiry)
    return ceil(expiry / 1000) + 8000 + floor(max(0, expiry - now) / 8000)
end
