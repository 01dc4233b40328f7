-- Reading and writing what a key holds: of a rate the theoretical arrival time in microseconds since 1970, of a calendar
-- quota `window:count`. All numbers are whole and below 2^53, where a double counts exactly.

local function server_now()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function whole(number)
  return string.format('%.0f', number)
end

-- What a calendar's key says now: the window its count belongs to, the count, the time until the window of now turns, and
-- how long the count has to be kept.
local function count_of(held, kind, now)
  local number, left, length = window(kind, now)
  if held then
    local held_number, count = string.match(held, '^(%d+):(%d+)$')
    local ahead = tonumber(held_number) - number
    -- A later window was written before the clock was set back: it counts on until time catches up.
    if ahead >= 0 then
      return number + ahead, tonumber(count), left, left + ahead * length
    end
  end
  return number, 0, left, left
end

-- A key lives a second longer than what it holds: the server counts lifetimes in whole milliseconds from a moment before
-- TIME, and must not forget too early.
local function write(key, value, lifetime)
  redis.call('SET', key, value, 'PX', whole(math.ceil(lifetime / 1000) + 1000))
end

local function write_rate(key, now, debt)
  write(key, whole(now + debt), debt)
end

local function write_count(key, number, count, lifetime)
  write(key, whole(number) .. ':' .. whole(count), lifetime)
end
