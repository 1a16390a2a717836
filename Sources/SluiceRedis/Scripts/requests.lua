-- Requests

local function evaluate(c, isPeek)
    c.level, c.entry = 0, false
    if c.penalty then
        c.bucket = bucket(c.bucketPlace)
        if c.bucket.isWrong then
            c.entry = c.bucket
            return
        end
        if isBanned(c) then return end
    end
    local l = limits[c.first + c.level]
    ask(c, l, c.cost)
    if c.entry.isWrong then return end
    if c.outcome ~= ALLOWED then return c.penalty and awaitRecovery(c) end
    if isPeek and c.cost > 0 then ask(c, l, 0) end
end

-- What a denial does: restarts an extending debounce, counts towards a penalty.
local function noteDenial(c)
    if c.outcome ~= LIMITED then return end
    local l = c.limit
    if l.algorithm == DEBOUNCE and l.x == 1 then
        set(c, l, c.expiry, c.payload)
        c.retry, c.reset = c.expiry - now, c.expiry - now
    end
    if not c.penalty or c.penalty.x == 0 then return end
    local ban = countDenial(c)
    if ban > 0 then
        detail(c)
        c.outcome, c.remaining = BANNED, 0
        if c.retry < ban then c.retry, c.retryPart = ban, 0 end
        if c.reset < ban then c.reset, c.resetPart = ban, 0 end
    elseif c.penalty.algorithm == SHRINK then
        -- Judged once more, so that it tells the truth about the next attempt.
        c.level = shrinkLevel(c)
        ask(c, limits[c.first + c.level], c.cost)
        awaitRecovery(c)
    end
end

local function settle(charges, count, operation, isObserved, lease)
    local isDenied, alternatives, denials = false, 0, 0
    for i = 1, count do
        local c = charges[i]
        evaluate(c, operation == PEEK)
        if c.entry.isWrong then return c.entry.problem or WRONG_VALUE end
        local denies = c.outcome ~= ALLOWED and not c.isShadow
        if c.isAlternative then
            alternatives, denials = alternatives + 1, denials + (denies and 1 or 0)
        elseif denies then
            isDenied = true
        end
    end
    -- Alternatives deny only all together.
    isDenied = isDenied or alternatives > 0 and alternatives == denials
    if operation == PEEK then return nil end
    for i = 1, count do
        local c = charges[i]
        if c.outcome == ALLOWED then
            if not isDenied then commit(c, operation, lease) end
        elseif not isDenied or not c.isShadow then
            noteDenial(c)
        end
    end
    if isObserved and isDenied then
        for i = 1, count do
            local c = charges[i]
            if c.outcome == ALLOWED and c.cost > 0 then ask(c, c.limit, 0) end
        end
    end
end

-- Whether a moment lies in the window that ends at `expiry`.
local function isWithin(l, expiry, moment)
    if moment >= expiry then return false end
    if l.algorithm == FIXED then return moment >= expiry - l.period end
    return moment >= (expiry == l.y and l.x or expiry == l.z and l.y or 0)
end

-- Gives a charge's cost back; with `chargedAt`, what a charge of that moment left, never more.
local function giveBack(c, chargedAt, lease)
    c.level, c.entry, c.outcome, c.form = 0, false, ALLOWED, BARE
    if c.penalty then
        c.bucket = bucket(c.bucketPlace)
        if c.bucket.isWrong then
            c.entry = c.bucket
            return
        end
        c.level = shrinkLevel(c)
    end
    local l, cost = limits[c.first + c.level], c.cost
    c.limit = l
    local algorithm = l.algorithm
    if algorithm == LEASES then
        c.entry = openLeases(c)
        if lease then changeLease(c, lease, false) end
        return
    elseif algorithm == LOG then
        local g = openLog(c, l)
        if g.isWrong or g.count == 0 then return end
        local last = g.count
        if chargedAt then
            local time = ceil(chargedAt / 1000)
            while last > g.expired and g.count - last < cost and logTime(g, last) >= time do last = last - 1 end
        else
            last = max(g.expired, last - cost)
        end
        if last == g.count and g.expired == 0 then return end
        local newest = last > g.expired and logTime(g, last) or 0
        return storeLog(g, l.period, newest, sub(g.s, 17 + g.expired * g.width, 16 + last * g.width))
    end
    c.entry = bucket(c.place)
    if c.entry.isWrong then return end
    local expiry, payload = current(c, l)
    if expiry == 0 or cost == 0 then return end
    if algorithm == TOKEN_BUCKET then
        local debt = expiry >= now and (expiry - now) * l.count + payload or 0
        local back = cost * l.period
        -- What has drained since may have been another's: only the rest is surely this charge's.
        if chargedAt then back = max(0, back - max(0, now - chargedAt) * l.count) end
        -- redis-cell changes nothing for a caller who is limited all the same.
        if l.isThrottle and debt - back > l.x * l.period then return end
        return set(c, l, bucketCell(l, debt - back))
    elseif algorithm == WINDOW then
        local start, _, previous, count = windowCounts(l.period, expiry, payload)
        local fromCount = min(cost, count)
        if chargedAt and chargedAt < start then fromCount = 0 end
        if not chargedAt or chargedAt < start then previous = max(0, previous - (cost - fromCount)) end
        return set(c, l, windowCell(l, start, previous, count - fromCount))
    elseif algorithm == FIXED or algorithm == QUOTA then
        -- A charge of another window than this one is gone with its own.
        if chargedAt and not isWithin(l, expiry, chargedAt) then return end
        if expiry <= now or payload <= cost then return set(c, l, 0, 0) end
        return set(c, l, expiry, payload - cost)
    end
    if not chargedAt or expiry == chargedAt + l.period then set(c, l, 0, 0) end
end

local function reset(c)
    c.outcome, c.form = ALLOWED, BARE
    local l = limits[c.first]
    local places = {}
    if l.algorithm == LOG or l.algorithm == LEASES then
        c.entry = listOf(c.place, l.algorithm == LOG and LOG_MARK or LEASE_MARK, 9)
        if c.entry.isWrong then return end
        if c.entry.s then store(c.entry, false, 0) end
        c.entry.count = nil
        if not c.penalty then return end
        c.bucket = bucket(c.bucketPlace)
    else
        c.entry = bucket(c.place)
        c.bucket = c.entry
        if c.entry.isWrong then return end
        local at = locate(c.entry, c.field)
        if at then write(c.entry, at, c.field, 1, 0, 0) end
    end
    if c.penalty and not c.bucket.isWrong then
        local at = locate(c.bucket, c.penaltyField)
        if at then write(c.bucket, at, c.penaltyField, 1, 0, 0) end
    end
end

-- Takes as many units as there are, up to the cost.
local function borrow(c)
    evaluate(c, false)
    if c.entry.isWrong then return end
    local asked = c.cost
    if c.outcome == LIMITED or c.outcome == IMPOSSIBLE then
        ask(c, c.limit, 0)
        detail(c)
        c.cost = min(asked, c.outcome == ALLOWED and c.remaining or 0)
        ask(c, c.limit, c.cost)
    end
    local granted = c.outcome == ALLOWED and c.cost or 0
    if granted > 0 then commit(c, BORROW) end
    detail(c)
    -- In the place of a wait, which nobody who gets something has: what is left.
    c.retry, c.retryPart, c.remaining = c.remaining, 0, granted
end
