-- Takes the cost of every claim, or of none.
-- KEYS: one a claim; a key that is named twice pays twice.
-- ARGV: three a claim: the interval of a rate in microseconds or a calendar's letter, the burst, the cost.
-- Answers: now, then two a claim: the wait (0 allowed, -1 never), what is spent (microseconds of debt, or the count).
local now = server_now()
local held = redis.call('MGET', unpack(KEYS))
local before, after, taken = {}, {}, {}
local numbers, lefts, lifetimes = {}, {}, {}
local reply, all = { now }, true

for i, key in ipairs(KEYS) do
  local kind, burst, cost = ARGV[3 * i - 2], tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local interval = tonumber(kind)
  if not before[key] then
    if interval then
      before[key] = math.max(0, tonumber(held[i] or 0) - now)
    else
      numbers[key], before[key], lefts[key], lifetimes[key] = count_of(held[i], kind, now)
    end
    after[key] = before[key]
  end
  local spent = after[key]
  local price = (interval or 1) * cost
  local beyond = spent + price - (interval or 1) * burst
  local wait = 0
  if cost > burst then
    wait = -1
  elseif beyond > 0 then
    wait = interval and beyond or lefts[key]
  else
    spent = spent + price
    after[key] = spent
    taken[key] = taken[key] or cost > 0
  end
  all = all and wait == 0
  reply[2 * i], reply[2 * i + 1] = wait, spent
end

for i, key in ipairs(KEYS) do
  if not all then
    -- Nothing is taken: an allowed claim shows what is left untouched.
    if reply[2 * i] == 0 then
      reply[2 * i + 1] = before[key]
    end
  elseif taken[key] then
    taken[key] = false
    if numbers[key] then
      write_count(key, numbers[key], after[key], lifetimes[key])
    else
      write_rate(key, now, after[key])
    end
  end
end
return reply
