-- Cells

-- A cell of another limit's numbers under those of `l`: what was used stays used.
local function convert(l, mark, expiry, payload)
    local old, a, b = decode('<BI7I7', mark)
    -- The moment of arrival is what counts; a finer part of it than these numbers tell is rounded up.
    if old == THROTTLE then return payload > 0 and expiry + 1 or expiry, 0 end
    if expiry < now or expiry == now and old ~= TOKEN_BUCKET then return 0, 0 end
    local new, used = l.algorithm, 0
    if old == TOKEN_BUCKET then
        local debt = (expiry - now) * a + payload
        if new == TOKEN_BUCKET then
            used = floor(debt / b)
            return bucketCell(l, used * l.period + ceil((debt - used * b) * l.period / b))
        end
        used = ceil(debt / b)
    elseif old == WINDOW then
        if new == WINDOW and b == l.period then return expiry, payload end
        local _, elapsed, previous, current = windowCounts(b, expiry, payload)
        used = min(a, current + weighted(previous, b, elapsed, 1))
    elseif old == FIXED or old == QUOTA then
        if new == FIXED or new == QUOTA then
            return old == new and b == l.period and expiry or windowEnd(l), payload
        end
        used = min(a, payload)
    elseif old == COOLDOWN or old == DEBOUNCE then
        if new == COOLDOWN or new == DEBOUNCE then return expiry - b + l.period, 1 end
        used = 1
    end
    if used <= 0 then return 0, 0 end
    if new == TOKEN_BUCKET then return bucketCell(l, used * l.period) end
    if new == WINDOW then return windowCell(l, floor(now / l.period) * l.period, 0, used) end
    if new == FIXED or new == QUOTA then return windowEnd(l), used end
    return now + l.period, 1
end

-- The cell of a charge under the limit that applies.
local function current(c, l)
    local b = c.entry
    local at, place, expiry, payload = read(b, c.field)
    c.at, c.limitPlace = at, nil
    if not at or expiry == 0 then return 0, 0 end
    local mark = markAt(b, place)
    if mark ~= l.mark then
        if not mark then
            b.isWrong = true
            return 0, 0
        end
        expiry, payload = convert(l, mark, expiry, payload)
        place = placeOf(b, l.mark)
        write(b, at, c.field, place, expiry, payload)
    end
    c.limitPlace = place
    return expiry, payload
end

local function ask(c, l, cost)
    c.form, c.retryPart, c.resetPart, c.limit = NUMBERS, 0, 0, l
    local algorithm = l.algorithm
    if algorithm == LOG or algorithm == LEASES then return judge[algorithm](c, l, 0, 0, cost) end
    if not c.entry then c.entry = bucket(c.place) end
    if c.entry.isWrong then return end
    local expiry, payload = current(c, l)
    return judge[algorithm](c, l, expiry, payload, cost)
end

local function set(c, l, expiry, payload)
    write(c.entry, c.at, c.field, c.limitPlace or placeOf(c.entry, l.mark), expiry, payload)
end

local function commit(c, operation, lease)
    if c.cost == 0 then return end
    local l = c.limit
    if l.algorithm == LOG then return chargeLog(c, l) end
    if l.algorithm == LEASES then return operation == ACQUIRE and takeLeases(c, l, lease) end
    set(c, l, c.expiry, c.payload)
end

-- The numbers of an answer that so far is a token bucket's debt.
local function detail(c)
    if c.form ~= DEBT then return end
    local l, debt = c.limit, c.debt
    local rest = l.x * l.period - debt
    c.form, c.remaining = FRACTIONS, max(0, floor(rest / l.period))
    c.reset, c.retry, c.retryPart = floor(debt / l.count), 0, 0
    c.resetPart = debt - c.reset * l.count
    if c.outcome == LIMITED then
        local wait = c.asked * l.period - rest
        c.retry = floor(wait / l.count)
        c.retryPart = wait - c.retry * l.count
    end
end
