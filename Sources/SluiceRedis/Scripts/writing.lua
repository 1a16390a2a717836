-- Writing

-- Cells that have changed, each row of neighbours in one write.
local function writeRanges(b, key)
    local s, states, at = b.s, b.states, b.low
    while at <= b.high do
        local first = at
        local pieces = {states[at]}
        at = at + CELL_BYTES
        while at <= b.high and states[at] do
            pieces[#pieces + 1] = sub(s, at, at + 6)
            pieces[#pieces + 1] = states[at]
            at = at + CELL_BYTES
        end
        redis.call('SETRANGE', key, format('%d', first + 6), concat(pieces))
        while at <= b.high and not states[at] do at = at + CELL_BYTES end
    end
end

-- How many of the bucket's cells say nothing any more.
local function countExpired(b)
    local s, states, expired = b.s, b.states, 0
    for at = b.base, b.size, CELL_BYTES do
        local state = states[at]
        local expiry = state and decode('<I7', state, 2) or decode('<I7', s, at + 8)
        if expiry < now then expired = expired + 1 end
    end
    return expired
end

-- The marks of the limits and the cells, without those that say nothing any more.
local function swept(b, marks)
    local s, states, fresh = b.s, b.states, b.fresh or {}
    local pieces, places, used, live = {}, {}, {}, 0
    for at = b.base, b.size, CELL_BYTES do
        local state = states[at] or sub(s, at + 7, at + 20)
        local place, expiry = decode('<BI7', state)
        if expiry >= now and marks[place] then
            if not places[place] then
                used[#used + 1] = marks[place]
                places[place] = #used
            end
            live = live + 1
            pieces[#pieces + 1] = fresh[at] or sub(s, at, at + 6)
            pieces[#pieces + 1] = char(places[place])
            pieces[#pieces + 1] = sub(state, 2)
        end
    end
    return used, pieces, live
end

-- The cells as they are, with those that have changed, new ones behind the others.
local function merged(b)
    local s, states, fresh, pieces = b.s, b.states, b.fresh, {}
    local from, last = b.base, #s
    for at = b.low or 1, b.low and b.high or 0, CELL_BYTES do
        local state = states[at]
        if state and at > last then
            if from <= last then pieces[#pieces + 1] = sub(s, from) end
            pieces[#pieces + 1] = fresh[at]
            pieces[#pieces + 1] = state
            from = last + 1
        elseif state then
            pieces[#pieces + 1] = sub(s, from, at + 6)
            pieces[#pieces + 1] = state
            from = at + CELL_BYTES
        end
    end
    if from <= last then pieces[#pieces + 1] = sub(s, from) end
    return pieces
end

-- The whole bucket. What says nothing any more is left out once it is a quarter, which is looked at when the bucket
-- has grown by half, so that each new cell pays for looking at few.
local function writeBucket(b, key)
    local s, sweepAt = b.s, b.sweepAt
    local count = (b.size + 1 - b.base) / CELL_BYTES
    local marks, pieces = {}, nil
    for place = 1, b.limitCount do marks[place] = markAt(b, place) end
    for _, mark in ipairs(b.newLimits or {}) do marks[#marks + 1] = mark end
    if count > sweepAt or #marks > 200 then
        if #marks > 200 or countExpired(b) * 4 >= count then marks, pieces, count = swept(b, marks) end
        sweepAt = min(65535, count + max(8, floor(count / 2)))
    end
    if #marks > 255 then error({err = 'ERR a bucket has cells of more than 255 limits'}, 0) end
    local expiry = b.isLonger and bucketEnd(b.expiry) or b.expiry / 1000
    local value = MARK .. pack('<I6BI2', expiry, #marks, sweepAt) .. concat(marks) .. concat(pieces or merged(b))
    if b.isLonger or s == '' then
        redis.call('SET', key, value, 'PXAT', format('%d', expiry + shift))
    else
        redis.call('SET', key, value, 'KEEPTTL')
    end
end

local function flush()
    flushQuick()
    for place, e in pairs(entries) do
        if e.isDirty then
            if not e.isBucket then
                if e.s then
                    redis.call('SET', keys[place], e.s, 'PXAT', format('%d', ceil(e.expiry / 1000) + shift))
                else
                    redis.call('DEL', keys[place])
                end
            elseif e.isWhole then
                writeBucket(e, keys[place])
            else
                writeRanges(e, keys[place])
            end
        end
    end
end
