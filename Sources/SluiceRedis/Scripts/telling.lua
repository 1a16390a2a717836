-- What is not asked but told

-- More than any bucket holds and exact as a double, as is its sum with whatever a request may cost.
local MOST_DEBT = 2 ^ 52

-- Charges a cost that has happened already, even beyond the limit.
local function charge(c)
    local l, cost = c.limit, c.cost
    local algorithm = l.algorithm
    if algorithm == LOG then
        -- Older entries than the limit counts could not deny anybody.
        local g = c.entry
        local surplus = max(0, g.count - g.expired + cost - l.count)
        g.expired = g.expired + surplus
        return chargeLog(c, l)
    end
    local expiry, payload = current(c, l)
    if algorithm == TOKEN_BUCKET then
        local debt = expiry >= now and (expiry - now) * l.count + payload or 0
        return set(c, l, bucketCell(l, min(MOST_DEBT, debt + cost * l.period)))
    elseif algorithm == WINDOW then
        local start, _, previous, count = windowCounts(l.period, expiry, payload)
        return set(c, l, windowCell(l, start, previous, count + cost))
    elseif algorithm == FIXED or algorithm == QUOTA then
        if expiry <= now then expiry, payload = windowEnd(l), 0 end
        return set(c, l, expiry, min(2 ^ 47 - 1, payload + cost))
    end
    set(c, l, max(expiry, now + l.period), 1)
end

-- Charges all, or none where something is wrong with one.
local function chargeBeyond(charges, count)
    for i = 1, count do
        local c = charges[i]
        c.level, c.entry, c.outcome, c.form = 0, false, ALLOWED, BARE
        if c.penalty then
            c.bucket = bucket(c.bucketPlace)
            if c.bucket.isWrong then return WRONG_VALUE end
            c.level = shrinkLevel(c)
        end
        local l = limits[c.first + c.level]
        c.limit = l
        if l.algorithm == QUOTA and now >= l.z then return WRONG_TIME end
        if l.algorithm == LOG then
            openLog(c, l)
            c.cost = min(c.cost, l.count)
        elseif l.algorithm == LEASES then
            openLeases(c)
        else
            c.entry = bucket(c.place)
        end
        if c.entry.isWrong then return WRONG_VALUE end
    end
    for i = 1, count do
        local c = charges[i]
        if c.cost > 0 and c.limit.algorithm ~= LEASES then charge(c) end
    end
end

local function openPenalty(c)
    c.level, c.outcome, c.form = 0, ALLOWED, BARE
    c.entry = bucket(c.bucketPlace)
    c.bucket = c.entry
    return not c.entry.isWrong
end

-- Bans for a while at least; a rule that bans by itself for as long as its first ban at least.
local function hold(c, duration)
    local p = c.penalty
    if not p or p.algorithm ~= BAN or not openPenalty(c) then return end
    local level, _, _, expiry = penaltyState(c)
    local ban = level > 0 and expiry - p.period - now or 0
    if p.x > 0 then duration = max(duration, p.y) end
    if duration <= max(0, ban) then return end
    local last = now + duration
    write(c.bucket, c.penaltyAt, c.penaltyField, placeOf(c.bucket, p.mark),
        penaltyCell(p, max(1, level), 0, last, last + p.period))
end

-- Ends a ban and forgets that there was one.
local function lift(c)
    if not c.penalty or not openPenalty(c) then return end
    local at = locate(c.bucket, c.penaltyField)
    if at then write(c.bucket, at, c.penaltyField, 1, 0, 0) end
end
