-- Algorithms

local function windowEnd(l)
    if l.algorithm == FIXED then return (floor(now / l.period) + 1) * l.period end
    return now < l.x and l.x or now < l.y and l.y or l.z
end

local function bucketCell(l, debt)
    if debt <= 0 then return 0, 0 end
    local whole = floor(debt / l.count)
    if whole >= CENTURY then return now + CENTURY, 0 end
    return now + whole, debt - whole * l.count
end

-- Start, time elapsed, previous and current count of a sliding window.
local function windowCounts(period, expiry, payload)
    local start = floor(now / period) * period
    if expiry <= now then return start, now - start, 0, 0 end
    local current, previous = floor(payload / 2097152), payload % 2097152
    local own = expiry - 2 * period
    if own == start then return start, now - start, previous, current end
    if own < start then return start, now - start, current, 0 end
    return own, 0, previous, current
end

local function windowCell(l, start, previous, current)
    if current <= 0 and previous <= 0 then return 0, 0 end
    return start + 2 * l.period, min(current, 2097151) * 2097152 + min(previous, 2097151)
end

-- What the previous window still weighs, in units in which no product exceeds 2^53.
local function weighted(previous, period, elapsed, unit)
    if previous == 0 then return 0 end
    return ceil(previous * ceil((period - elapsed) / unit) / ceil(period / unit))
end

local function deny(c, outcome, remaining, retry, reset)
    c.outcome, c.remaining, c.retry, c.reset = outcome, remaining, retry, reset
end

-- Denies until no more is to be seen of the window before `start` than leaves `room`; false if that is never.
local function denyUntilVisible(c, l, left, start, room, previous, reset)
    local units = ceil(l.period / l.x)
    local visible = floor(room * units / previous)
    local rest = l.x == 1 and floor((room * units - visible * previous) * 1000 / previous) or 0
    if visible == 0 and rest == 0 then return false end
    if visible >= units then rest = 0 end
    deny(c, LIMITED, left, start + max(0, l.period - visible * l.x) - now, reset)
    if rest > 0 then c.form, c.retry, c.retryPart = FRACTIONS, c.retry - 1, 1000 - rest end
    return true
end

-- Each says of a charge what its cell says, and the cell after it.
local judge = {}

judge[TOKEN_BUCKET] = function(c, l, expiry, payload, cost)
    local debt = expiry >= now and (expiry - now) * l.count + payload or 0
    c.form, c.debt = DEBT, debt
    if cost > l.x then
        c.outcome = IMPOSSIBLE
        return
    end
    local after = debt + cost * l.period
    if after > l.x * l.period then
        -- More was used than the bucket holds; looking is allowed all the same.
        c.outcome = cost == 0 and not l.isThrottle and ALLOWED or LIMITED
        return
    end
    c.outcome, c.debt = ALLOWED, after
    local whole = floor(after / l.count)
    c.expiry, c.payload = now + whole, after - whole * l.count
end

judge[WINDOW] = function(c, l, expiry, payload, cost)
    local count, period = l.count, l.period
    local start, elapsed, previous, current = windowCounts(period, expiry, payload)
    local left = max(0, count - current - weighted(previous, period, elapsed, l.x))
    local reset = current > 0 and 2 * period - elapsed or previous > 0 and period - elapsed or 0
    if cost > count then return deny(c, IMPOSSIBLE, left, 0, reset) end
    if cost > left and cost > 0 then
        local room = count - current - cost
        if room >= 0 and previous > 0 and denyUntilVisible(c, l, left, start, room, previous, reset) then return end
        deny(c, LIMITED, left, start + period - now, reset)
        if current > 0 and not denyUntilVisible(c, l, left, start + period, count - cost, current, reset) then
            c.retry = c.retry + period
        end
        return
    end
    if cost == 0 then return deny(c, ALLOWED, left, 0, reset) end
    deny(c, ALLOWED, left - cost, 0, 2 * period - elapsed)
    c.expiry, c.payload = windowCell(l, start, previous, current + cost)
end

judge[FIXED] = function(c, l, expiry, payload, cost)
    local used = expiry > now and payload or 0
    local left = max(0, l.count - used)
    local reset = used > 0 and expiry - now or 0
    if cost > l.count then return deny(c, IMPOSSIBLE, left, 0, reset) end
    if cost > left and cost > 0 then return deny(c, LIMITED, left, expiry - now, reset) end
    if cost == 0 then return deny(c, ALLOWED, left, 0, reset) end
    c.expiry, c.payload = expiry > now and expiry or windowEnd(l), used + cost
    deny(c, ALLOWED, left - cost, 0, c.expiry - now)
end
judge[QUOTA] = function(c, l, expiry, payload, cost)
    -- The period's end is the request's; a cell of another calendar counts until this one's.
    if now >= l.z then c.entry = STALE end
    if expiry > now then expiry = windowEnd(l) end
    return judge[FIXED](c, l, expiry, payload, cost)
end

judge[COOLDOWN] = function(c, l, expiry, payload, cost)
    local wait = expiry > now and expiry - now or 0
    if cost == 0 then return deny(c, ALLOWED, wait > 0 and 0 or 1, 0, wait) end
    if wait > 0 then
        c.expiry, c.payload = now + max(wait, l.period), 1
        return deny(c, LIMITED, 0, wait, wait)
    end
    c.expiry, c.payload = now + l.period, 1
    deny(c, ALLOWED, 0, 0, l.period)
end
judge[DEBOUNCE] = judge[COOLDOWN]
