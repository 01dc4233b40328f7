-- Corrects what earlier decisions took.
-- KEYS: one for each change.
-- ARGV: four for each change: `refund`, `penalty` or `clear`; the key's letter; the price, in microseconds of a rate or in
-- requests of a calendar quota; and of a refund what the decision left: the arrival time of a rate, the window of a count.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local read_count, write_count = calendar()

local function settle_rate(change, key, price, mark)
  local held = call('GET', key)
  if change == 'refund' and not held then
    return
  end
  local debt = math.max(0, (held or 0) - now)
  if change == 'refund' then
    -- What has come back by time must not come back twice.
    debt = debt - math.min(price, math.max(0, mark - now))
  else
    debt = math.min(debt + price, 9007199254740991 - now)
  end
  if debt > 0 then
    call('PSETEX', key, math.floor(debt / 1000) + 1001, string.format('%d', now + debt))
  elseif held then
    call('DEL', key)
  end
end

local function settle_count(change, kind, key, price, mark)
  local held = call('GET', key)
  local number, count, _, lifetime = read_count(held, kind, now)
  if change == 'penalty' then
    count = math.min(count + price, 4294967295)
  elseif held and number == mark then
    count = math.max(0, count - price)
  else
    return
  end
  call('PSETEX', key, lifetime, write_count(number, count))
end

for i, key in ipairs(KEYS) do
  local change, kind = ARGV[4 * i - 3], ARGV[4 * i - 2]
  local price, mark = ARGV[4 * i - 1] + 0, ARGV[4 * i] + 0
  if change == 'clear' then
    call('DEL', key)
  elseif kind == 'r' then
    settle_rate(change, key, price, mark)
  else
    settle_count(change, kind, key, price, mark)
  end
end
return #KEYS
