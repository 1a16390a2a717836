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
-- A decision of which each rule's own standing is told.
local OBSERVE = 16
local ALLOWED, LIMITED, IMPOSSIBLE, BANNED, WRONG_VALUE, WRONG_TIME = 0, 1, 2, 3, 4, 5
-- How an answer is written: its numbers, its numbers with fractions, a token bucket's debt, nothing else.
local NUMBERS, FRACTIONS, DEBT, BARE = 0, 64, 128, 192
local MARK_NUMBER = 0x0153
local MARK, LOG_MARK, LEASE_MARK = 'S\1', 'L\1', 'H\1'
local HEADER, LIMIT_BYTES, CELL_BYTES = 11, 15, 21
-- In the place of an entry: the request knows a calendar's periods for another time than Redis's.
local STALE = {isWrong = true, problem = WRONG_TIME}
local CENTURY = 3155760000000000

-- The batch at hand, and limits as they were taken apart before: a library's variables outlive a call.
local keys, now, shift, limits, values, entries, quickAt, quickState, quickEnd, data, at, out, size
local knownLimits, knownCount = {}, 0

local function decodeLimits(packed)
    local decoded, from = {}, 1
    while from < #packed do
        local l = {mark = sub(packed, from, from + 14), algorithm = 0, count = 0, period = 0, x = 0, y = 0, z = 0}
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
    -- By the place of a bucket: the cell that the short way has changed and its state, or, where the value has been
    -- written anew, when it expires; 0 for when it did before.
    quickAt, quickState, quickEnd = {}, {}, {}
    out, size = {pack('<I7', now)}, 1
end

-- Where a limit is among those of a bucket; nil if it is not.
local function limitPlace(s, base, mark)
    local found = find(s, mark, HEADER + 1, true)
    while found and found < base do
        if (found - HEADER - 1) % LIMIT_BYTES == 0 then return (found - HEADER - 1) / LIMIT_BYTES + 1 end
        found = find(s, mark, found + 1, true)
    end
end

-- When a bucket expires whose last cell does at `expiry`, in milliseconds: a little later, so that not every charge
-- has to move it.
local function bucketEnd(expiry)
    return ceil(expiry / 1000) + 8000 + floor(max(0, expiry - now) / 8000)
end

-- Writes a token bucket's cell the short way; false if it takes the long one.
local function writeQuick(place, s, base, bucketExpiry, found, field, state, expiry)
    if quickAt[place] then return false end
    local isLonger = expiry > bucketExpiry * 1000
    if not found and (#s + 1 - base) / CELL_BYTES >= decode('<I2', s, 10) then return false end
    if isLonger then
        quickEnd[place] = bucketEnd(expiry)
        s = MARK .. pack('<I6', quickEnd[place]) .. sub(s, 9)
    else
        quickEnd[place] = quickEnd[place] or 0
    end
    if found then
        values[place] = sub(s, 1, found + 6) .. state .. sub(s, found + CELL_BYTES)
    else
        values[place] = s .. field .. state
    end
    return true
end

-- The short way, for a request of one charge to a token bucket in a bucket that is there.
-- False, and nothing done, if it is any other.
local function quick()
    local operation, count, high, low, limitHigh, limitLow, penaltyHigh, penaltyLow, flags, cost =
        byte(data, at, at + 9)
    if count ~= 1 or flags ~= 0 or penaltyLow ~= 0 or penaltyHigh ~= 0 or operation ~= DECIDE and operation ~= OBSERVE
    then return false end
    local place, l = high * 256 + low, limits[limitHigh * 256 + limitLow]
    local s = values[place]
    if l.algorithm ~= TOKEN_BUCKET or not s or #s < HEADER + LIMIT_BYTES or entries[place] then return false end
    local mark, bucketExpiry, limitCount, limitMark = decode('<I2I6Bxxc15', s)
    local base = HEADER + LIMIT_BYTES * limitCount + 1
    if mark ~= MARK_NUMBER or #s + 1 < base or (#s + 1 - base) % CELL_BYTES ~= 0 then return false end
    local field = sub(data, at + 10, at + 16)
    local found = find(s, field, base, true)
    local wanted, index, expiry, payload = l.mark, 1, 0, 0
    if found then
        if (found - base) % CELL_BYTES ~= 0 then return false end
        if quickAt[place] then
            if quickAt[place] ~= found or #quickState[place] ~= 14 then return false end
            index, expiry, payload = decode('<BI7I6', quickState[place])
        else
            index, expiry, payload = decode('<BI7I6', s, found + 7)
        end
        if index ~= 1 then limitMark = sub(s, LIMIT_BYTES * index - 3, LIMIT_BYTES * index + 11) end
        if limitMark ~= wanted then return false end
    elseif limitMark ~= wanted then
        index = limitPlace(s, base, wanted)
        if not index then return false end
    end
    local rate, most = l.count, l.x
    local debt = expiry >= now and (expiry - now) * rate + payload or 0
    local after = debt + cost * l.period
    size = size + 1
    if cost > most or after > most * l.period then
        out[size] = pack('<BI7', DEBT + (cost > most and IMPOSSIBLE or LIMITED), debt)
    else
        if cost > 0 then
            local whole = after / rate
            whole = whole - whole % 1
            expiry = now + whole
            local state = pack('<BI7I6', index, expiry, after - whole * rate)
            if found and expiry <= bucketExpiry * 1000 and not quickEnd[place] then
                quickAt[place], quickState[place] = found, state
            elseif not writeQuick(place, s, base, bucketExpiry, found, field, state, expiry) then
                size = size - 1
                return false
            end
        end
        out[size] = pack('<BI7', DEBT, after)
    end
    at = at + 17
    return true
end

-- Debts, limits and cells of the request that `quickSome` is at.
local someDebt, someLimit, somePieces = {}, {}, {}

-- The short way for a request of several charges to token buckets whose cells are neighbours, as those of one caller's
-- rules are: one look, one write. False, and nothing done, if it is any other.
local function quickSome()
    local operation, count, high, low = byte(data, at, at + 3)
    if operation % 16 ~= DECIDE or count < 2 then return false end
    local place = high * 256 + low
    local s = values[place]
    if not s or #s < HEADER or entries[place] or quickEnd[place] then return false end
    local mark, bucketExpiry, limitCount = decode('<I2I6B', s)
    local base = HEADER + LIMIT_BYTES * limitCount + 1
    if mark ~= MARK_NUMBER or (#s + 1 - base) % CELL_BYTES ~= 0 then return false end
    bucketExpiry = bucketExpiry * 1000
    local first = find(s, sub(data, at + 10, at + 16), base, true)
    if not first or (first - base) % CELL_BYTES ~= 0 or first + count * CELL_BYTES - 1 > #s then return false end
    local states, from = s, first + 7
    if quickAt[place] then
        states, from = quickState[place], 1
        if quickAt[place] ~= first or #states ~= count * CELL_BYTES - 7 then return false end
    end
    local charge, isDenied = at + 2, false
    for i = 1, count do
        local placeHigh, placeLow, limitHigh, limitLow, penaltyHigh, penaltyLow, flags, cost =
            byte(data, charge, charge + 7)
        local l = limits[limitHigh * 256 + limitLow]
        if placeLow ~= low or placeHigh ~= high or flags ~= 0 or penaltyLow ~= 0 or penaltyHigh ~= 0
            or l.algorithm ~= TOKEN_BUCKET then return false end
        local field = sub(data, charge + 8, charge + 14)
        local index, expiry, payload = decode('<BI7I6', states, from)
        if i > 1 then
            if sub(states, from - 7, from - 1) ~= field then return false end
            somePieces[2 * i - 2] = field
        end
        if sub(s, LIMIT_BYTES * index - 3, LIMIT_BYTES * index + 11) ~= l.mark then return false end
        local rate = l.count
        local debt = expiry >= now and (expiry - now) * rate + payload or 0
        local after = debt + cost * l.period
        someDebt[i], someLimit[i] = debt, l
        if cost > l.x or after > l.x * l.period then
            isDenied = true
        else
            local whole = floor(after / rate)
            if now + whole > bucketExpiry then return false end
            somePieces[2 * i - 1] = pack('<BI7I6', index, now + whole, after - whole * rate)
        end
        charge, from = charge + 15, from + CELL_BYTES
    end
    for i = 1, count do
        local l, debt, cost = someLimit[i], someDebt[i], byte(data, at + 9 + 15 * (i - 1))
        local after, head = debt + cost * l.period, DEBT
        if cost > l.x then
            head = DEBT + IMPOSSIBLE
        elseif after > l.x * l.period then
            head = DEBT + LIMITED
        elseif not isDenied then
            debt = after
        end
        out[size + i] = pack('<BI7', head, debt)
    end
    if not isDenied then quickAt[place], quickState[place] = first, concat(somePieces, '', 1, 2 * count - 1) end
    size, at = size + count, charge
    return true
end

-- Numbers as Redis reads them: printing one takes as long as a lookup of four.
local decimals = {}

local function decimal(number)
    local text = format('%d', number)
    if number < 65536 then decimals[number] = text end
    return text
end

local function flushQuick()
    local call = redis.call
    for place = 1, #keys do
        local cell = quickAt[place]
        if cell then call('SETRANGE', keys[place], decimals[cell + 6] or decimal(cell + 6), quickState[place]) end
    end
    for place, expiry in pairs(quickEnd) do
        if expiry > 0 then
            redis.call('SET', keys[place], values[place], 'PXAT', format('%d', expiry + shift))
        else
            redis.call('SET', keys[place], values[place], 'KEEPTTL')
        end
    end
end
