-- Corrects what earlier decisions took.
-- KEYS: one a change.
-- ARGV: four a change: `refund`, `penalty` or `clear`; the interval of a rate in microseconds or a calendar's letter; the
-- cost; and of a refund what the decision left: the arrival time of a rate, the window of a count.
local now = server_now()

for i, key in ipairs(KEYS) do
  local change, kind = ARGV[4 * i - 3], ARGV[4 * i - 2]
  local cost, mark = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local interval = tonumber(kind)
  local held = change ~= 'clear' and redis.call('GET', key)
  if change == 'clear' then
    redis.call('DEL', key)
  elseif change == 'refund' then
    if held and interval then
      -- What has come back by time must not come back twice.
      local given = math.min(interval * cost, math.max(0, mark - now))
      local debt = tonumber(held) - given - now
      if debt > 0 then
        write_rate(key, now, debt)
      else
        redis.call('DEL', key)
      end
    elseif held then
      local number, count, _, lifetime = count_of(held, kind, now)
      if number == mark then
        write_count(key, number, math.max(0, count - cost), lifetime)
      end
    end
  elseif interval then
    local debt = math.max(0, tonumber(held or 0) - now) + interval * cost
    write_rate(key, now, math.min(debt, 9007199254740991 - now))
  else
    local number, count, _, lifetime = count_of(held, kind, now)
    write_count(key, number, math.min(count + cost, 4294967295), lifetime)
  end
end
return #KEYS
