-- Buckets

local function bucket(place)
    local b = entries[place]
    if b then return b end
    local s = values[place] or ''
    local expiry, limitCount, sweepAt, isWrong = 0, 0, 8, false
    if s ~= '' then
        if #s >= HEADER then expiry, limitCount, sweepAt = decode('<I6BI2', s, 3) end
        local rest = #s - HEADER - LIMIT_BYTES * limitCount
        isWrong = sub(s, 1, 2) ~= MARK or rest < 0 or rest % CELL_BYTES ~= 0
    end
    b = {
        s = s, base = HEADER + LIMIT_BYTES * limitCount + 1, size = #s, limitCount = limitCount, sweepAt = sweepAt,
        expiry = expiry * 1000, isWrong = isWrong, isBucket = true, states = {}, isDirty = false, isWhole = s == '',
        low = false, high = false, fresh = false, newLimits = false,
    }
    if s == '' then b.base, b.size = HEADER + 1, HEADER end
    takeOver(place, b)
    entries[place] = b
    return b
end

-- Where a cell lies: in the value, or behind it if this batch has added it. Rules of one caller tend to be neighbours.
local function locate(b, field)
    local s, base, last = b.s, b.base, b.last
    local at
    if last then at = find(s, field, last, true) end
    if not at then at = find(s, field, base, true) end
    while at and (at - base) % CELL_BYTES ~= 0 do at = find(s, field, at + 1, true) end
    b.last = at
    return at or b.fresh and b.fresh[field]
end

local function markAt(b, place)
    if place > b.limitCount then return b.newLimits and b.newLimits[place - b.limitCount] end
    local at = HEADER + LIMIT_BYTES * (place - 1)
    return sub(b.s, at + 1, at + LIMIT_BYTES)
end

local function placeOf(b, mark)
    local place = marksOf(b.s, b.base)[mark]
    if place then return place end
    local new = b.newLimits or {}
    for place = 1, #new do
        if new[place] == mark then return b.limitCount + place end
    end
    new[#new + 1] = mark
    b.newLimits, b.isWhole = new, true
    return b.limitCount + #new
end

local function write(b, at, field, place, expiry, payload)
    if not at then
        at = b.size + 1
        b.size = b.size + CELL_BYTES
        b.fresh = b.fresh or {}
        b.fresh[field], b.fresh[at], b.isWhole = at, field, true
    end
    local low, high = b.low, b.high
    if not low or at < low then b.low = at end
    if not high or at > high then b.high = at end
    b.states[at] = pack('<BI7I6', place, expiry, payload)
    b.isDirty = true
    if expiry > b.expiry then b.expiry, b.isWhole, b.isLonger = expiry, true, true end
end

local function read(b, field)
    local at = locate(b, field)
    if not at then return nil, 0, 0, 0 end
    local state = b.states[at]
    if state then return at, decode('<BI7I6', state) end
    return at, decode('<BI7I6', b.s, at + 7)
end
