-- Both scripts begin with this. All numbers are whole and below 2^53, where a double counts exactly. A key lives a second
-- longer than what it holds: the server counts lifetimes in whole milliseconds from a moment before TIME, and must not forget
-- too early.

-- The functions of calendar quotas, made when one is asked for: making them costs as much as a rate's whole decision.
local function calendar()
  local floor = math.floor
  local DAY = 86400

  -- Days from 0000-03-01 to the first of a month that is counted from that March.
  local function first_day(month)
    local year, place = floor(month / 12), month % 12
    return year * 365 + floor(year / 4) - floor(year / 100) + floor(year / 400) + floor((153 * place + 2) / 5)
  end

  -- Months since 1970-01, and the second at which the next one begins.
  local function month_of(secs)
    local days = floor(secs / DAY) + 719468
    local era, day = floor(days / 146097), days % 146097
    local year = floor((day - floor(day / 1460) + floor(day / 36524) - floor(day / 146096)) / 365)
    local day_of_year = day - (365 * year + floor(year / 4) - floor(year / 100))
    local month = (era * 400 + year) * 12 + floor((5 * day_of_year + 2) / 153)
    return month - (1969 * 12 + 10), (first_day(month + 1) - 719468) * DAY
  end

  -- The number of the window of a moment, the microseconds until it turns, and the most that such a window lasts: the
  -- arithmetic of calendar.rs, by the server's clock.
  local function window(kind, now)
    local secs = floor(now / 1000000)
    if kind == 'M' then
      local number, ends = month_of(secs)
      return number, ends * 1000000 - now, 31 * DAY * 1000000
    end
    local length, shift = 60, 0
    if kind == 'h' then
      length = 3600
    elseif kind == 'd' then
      length = DAY
    elseif kind == 'w' then
      -- 1970-01-01 was a Thursday: the window began three days before.
      length, shift = 7 * DAY, 3 * DAY
    end
    local number = floor((secs + shift) / length)
    return number, ((number + 1) * length - shift) * 1000000 - now, length * 1000000
  end

  -- What a key says now: the window its count belongs to, the count, the time until the window of now turns, and the
  -- milliseconds to keep it.
  local function read(held, kind, now)
    local number, left, length = window(kind, now)
    local count, ahead = 0, 0
    if held then
      local held_number, held_count = string.match(held, '^(%d+):(%d+)$')
      -- A later window was written before the clock was set back: it counts on until time catches up.
      if held_number - number >= 0 then
        count, ahead = held_count + 0, held_number - number
      end
    end
    return number + ahead, count, left, math.ceil((left + ahead * length) / 1000) + 1000
  end

  local function write(number, count)
    return string.format('%.0f:%.0f', number, count)
  end

  return read, write, window
end
