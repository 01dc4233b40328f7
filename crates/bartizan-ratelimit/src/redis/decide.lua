-- Takes the price of every claim, or of none.
-- KEYS: each key once. Of a rate it holds the theoretical arrival time in microseconds since 1970, of a calendar quota
-- `window:count`.
-- ARGV: a letter for each key, `r` or a calendar's; then three for each claim: its key's place, its price and the ceiling, in
-- microseconds of a rate or in requests of a calendar quota.
-- Answers: now, then two for each claim: the wait (0 allowed, -1 never) and what is spent.
local call, format = redis.call, string.format
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local held = call('MGET', unpack(KEYS))
local keys = #KEYS
local before, after = {}, {}
local numbers, lefts, lifetimes, read_count, write_count

for k = 1, keys do
  local spent
  if ARGV[k] == 'r' then
    spent = (held[k] or 0) - now
    if spent < 0 then
      spent = 0
    end
  else
    if not numbers then
      numbers, lefts, lifetimes = {}, {}, {}
      read_count, write_count = calendar()
    end
    numbers[k], spent, lefts[k], lifetimes[k] = read_count(held[k], ARGV[k], now)
  end
  before[k], after[k] = spent, spent
end

local reply, filled, all = { now }, 1, true
for at = keys + 1, #ARGV, 3 do
  local k, price, ceiling = ARGV[at] + 0, ARGV[at + 1] + 0, ARGV[at + 2] + 0
  local spent = after[k]
  local beyond = spent + price - ceiling
  local wait = 0
  if price > ceiling then
    wait, all = -1, false
  elseif beyond > 0 then
    wait, all = lefts and lefts[k] or beyond, false
  else
    spent = spent + price
    after[k] = spent
  end
  reply[filled + 1], reply[filled + 2] = wait, spent
  filled = filled + 2
end

if all then
  for k = 1, keys do
    local spent = after[k]
    if spent == before[k] then
      -- Nothing was taken.
    elseif numbers and numbers[k] then
      call('PSETEX', KEYS[k], lifetimes[k], write_count(numbers[k], spent))
    else
      local lifetime = (spent - spent % 1000) / 1000 + 1001
      call('PSETEX', KEYS[k], format('%d', lifetime), format('%d', now + spent))
    end
  end
else
  -- Nothing is taken: an allowed claim shows what is left untouched.
  for at = 2, filled, 2 do
    if reply[at] == 0 then
      reply[at + 1] = before[ARGV[keys + (at - 2) / 2 * 3 + 1] + 0]
    end
  end
end
return reply
