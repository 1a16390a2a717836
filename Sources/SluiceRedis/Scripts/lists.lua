-- Logs and leases

local ENTRY = {false, '<I2', '<I3', '<I4', '<I5'}

local function entryBytes(period)
    local ms = floor(period / 1000) + 2
    return ms < 65536 and 2 or ms < 16777216 and 3 or ms < 4294967296 and 4 or 5
end

local function listOf(place, mark, header, entry)
    local e = entries[place]
    if e then return e end
    local s = values[place]
    e = {s = s or false, isWrong = s and (sub(s, 1, 2) ~= mark or #s < header), isDirty = false, expiry = 0}
    entries[place] = e
    return e
end

local function store(e, s, expiry)
    e.s, e.expiry, e.isDirty = s, expiry, true
end

local function logTime(g, index)
    local time = decode(ENTRY[g.width], g.s, 17 + (index - 1) * g.width)
    return g.newest - (g.newest - time) % 256 ^ g.width
end

local function storeLog(g, period, newest, packed)
    g.width, g.period, g.newest = entryBytes(period), period, newest
    g.count = #packed / g.width
    local s = g.count > 0 and LOG_MARK .. pack('<BI7I6', g.width, period, newest) .. packed
    store(g, s, newest * 1000 + period)
end

-- A log written under another period, in the entries of this one.
local function convertLog(g, period)
    local times, newest = {}, 0
    if g.newest * 1000 + g.period > now then
        for i = 1, g.count do
            local time = logTime(g, i)
            if time * 1000 + period > now then
                times[#times + 1] = time
                newest = time
            end
        end
    end
    local width = entryBytes(period)
    for i = 1, #times do times[i] = pack(ENTRY[width], times[i] % 256 ^ width) end
    storeLog(g, period, newest, concat(times))
end

-- The log of a key; its first `expired` entries no longer count.
local function openLog(c, l)
    local g = listOf(c.place, LOG_MARK, 16)
    c.entry = g
    if g.isWrong then return g end
    if not g.count then
        g.count = 0
        if g.s then
            g.width, g.period, g.newest = decode('<BI7I6', g.s, 3)
            g.count = (#g.s - 16) / g.width
            if not ENTRY[g.width] or g.count % 1 ~= 0 then
                g.isWrong = true
                return g
            end
        end
    end
    if g.count > 0 and g.period ~= l.period then convertLog(g, l.period) end
    local low, high = 0, g.count
    if g.count > 0 and logTime(g, 1) * 1000 + l.period <= now then
        low = 1
        while low < high do
            local middle = floor((low + high + 1) / 2)
            if logTime(g, middle) * 1000 + l.period <= now then low = middle else high = middle - 1 end
        end
    end
    g.expired = low
    return g
end

judge[LOG] = function(c, l, _, _, cost)
    local g = openLog(c, l)
    if g.isWrong then return end
    local count, period = l.count, l.period
    local live = g.count - g.expired
    local left = max(0, count - live)
    local reset = live > 0 and g.newest * 1000 + period - now or 0
    if cost > count then return deny(c, IMPOSSIBLE, left, 0, reset) end
    if cost > left and cost > 0 then
        return deny(c, LIMITED, left, logTime(g, g.expired + live + cost - count) * 1000 + period - now, reset)
    end
    if cost == 0 then return deny(c, ALLOWED, left, 0, reset) end
    local newest = ceil(now / 1000)
    if live > 0 and g.newest > newest then newest = g.newest end
    deny(c, ALLOWED, left - cost, 0, newest * 1000 + period - now)
end

local function chargeLog(c, l)
    local g = c.entry
    local width, newest, kept = entryBytes(l.period), ceil(now / 1000), ''
    if g.count > g.expired then
        newest, kept = max(newest, g.newest), sub(g.s, 17 + g.expired * width)
    end
    storeLog(g, l.period, newest, kept .. rep(pack(ENTRY[width], newest % 256 ^ width), c.cost))
end

local function openLeases(c)
    local g = listOf(c.place, LEASE_MARK, 9)
    c.entry = g
    if not g.isWrong and g.s then
        g.isWrong = (#g.s - 9) % 15 ~= 0
        g.period = decode('<I7', g.s, 3)
    end
    return g
end

-- How many leases are held, when the first and the last of them expires, and their bytes.
local function heldLeases(g)
    local count, first, last, kept = 0, 2 ^ 53, 0, {}
    for at = 10, g.s and #g.s or 0, 15 do
        local expiry = decode('<I7', g.s, at + 8)
        if expiry > now then
            count, first, last = count + 1, min(first, expiry), max(last, expiry)
            kept[count] = sub(g.s, at, at + 14)
        end
    end
    return count, first, last, kept
end

local function storeLeases(g, period, kept, last)
    store(g, #kept > 0 and LEASE_MARK .. pack('<I7', period) .. concat(kept), last)
end

judge[LEASES] = function(c, l, _, _, cost)
    local g = openLeases(c)
    if g.isWrong then return end
    local held, first, last = heldLeases(g)
    local left, reset = max(0, l.count - held), held > 0 and last - now or 0
    if cost > l.count then return deny(c, IMPOSSIBLE, left, 0, reset) end
    if cost > left then return deny(c, LIMITED, left, first - now, reset) end
    deny(c, ALLOWED, left, 0, reset)
end

local function takeLeases(c, l, lease)
    local _, _, last, kept = heldLeases(c.entry)
    local expiry = now + l.period
    for _ = 1, c.cost do kept[#kept + 1] = lease .. pack('<I7', expiry) end
    storeLeases(c.entry, l.period, kept, max(last, expiry))
    c.remaining, c.reset = c.remaining - c.cost, max(last, expiry) - now
end

-- Makes a lease last a whole duration more, or ends it; whether it was held.
local function changeLease(c, lease, isRenewed)
    local g = openLeases(c)
    if g.isWrong or not g.s then return false end
    local _, _, last, kept = heldLeases(g)
    local isFound, left = false, {}
    for i = 1, #kept do
        if sub(kept[i], 1, 8) ~= lease then
            left[#left + 1] = kept[i]
        else
            isFound = true
            if isRenewed then
                local expiry = max(now + g.period, (decode('<I7', kept[i], 9)))
                last = max(last, expiry)
                left[#left + 1] = lease .. pack('<I7', expiry)
            end
        end
    end
    if isFound then storeLeases(g, g.period, left, last) end
    return isFound
end
