-- Admits as many waiting fans as rate limit, free slots, queue length and stock allow, and returns the room's state.
-- Safe to run from any number of gateways at any time: `serving` depends on Redis' clock and state only, not on the
-- caller.
--   KEYS[1] hash settings     KEYS[2] string entries    KEYS[3] hash admission     KEYS[4] zset calls
--   KEYS[5] hash unresolved   KEYS[6] zset turns        KEYS[7] zset turn-ends     KEYS[8] zset passes
--   KEYS[9] hash pass         KEYS[10] hash stock       KEYS[11] hash types        KEYS[12] zset holds
--   KEYS[13] bitmap claimed
--   ARGV[1] maximum number of passes, turns and calls expired in one run
--   ARGV[2] share of the rate that the origins can serve, in thousandths; 0 when no origin is alive
-- Returns {'absent'}, or {'room', phase, now ms, entries, serving, live passes, expected, settings as JSON, the draw's
-- record as JSON (lib/draw; '' before the opening, and where there is no draw), then for each ticket type: type,
-- quantity, free, held, on sale (1 or 0), ended (1 or 0)}.

--#include room
--#include types
--#include draw
--#include left

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
fix_restored(KEYS[1], settings, KEYS[2], now)
local sweep_max = tonumber(ARGV[1])
local SLOT_MS = 250

-- Passes and retained turns expire by the clock. Turns and calls do not expire while no origin renews the room's lease:
-- fans cannot claim during that time and are compensated for it later (lib/lease).
local turns_end_by = math.min(now, settings.keptUntil or now)
for _, account in ipairs(redis.call('ZRANGEBYSCORE', KEYS[8], '-inf', now, 'LIMIT', 0, sweep_max)) do
  redis.call('ZREM', KEYS[8], account)
  redis.call('HDEL', KEYS[9], account)
end
for _, position in ipairs(redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', turns_end_by, 'LIMIT', 0, sweep_max)) do
  redis.call('ZREM', KEYS[6], position)
  redis.call('ZREM', KEYS[7], position)
end
local live = redis.call('ZCOUNT', KEYS[8], '(' .. now, '+inf')
local turns = redis.call('ZCARD', KEYS[6])

local FIELDS = { 'serving', 'tokens', 'at', 'called', 'claimed', 'left', 'missedThrough', 'passed', 'callTimes', 'recalled' }
local admission = {}
for i, value in ipairs(redis.call('HMGET', KEYS[3], unpack(FIELDS))) do
  admission[FIELDS[i]] = tonumber(value)
end
local serving = admission.serving or -1

-- Expires calls whose grace period has passed without a claim. The share of silent fans is measured over about the last
-- SHARE_WINDOW calls, so that silent entries do not keep slots empty. Places left before their turn are among those
-- called and are counted apart: `passed` over all calls in grace, `passed:<slot>` per slot.
local SHARE_WINDOW = 2000
local grace_ms = settings.graceSeconds * 1000
local called, claimed = admission.called or 0, admission.claimed or 0
local missed_through, passed = admission.missedThrough or -1, admission.passed or 0
local call_times = admission.callTimes or 0 -- the sum of their slots over all fans in grace, in quarters of a second
local ended_any = false
for _ = 1, sweep_max do
  local head = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
  if #head == 0 or tonumber(head[1]) + grace_ms > turns_end_by then break end
  local last = tonumber(head[2])
  local silent = tonumber(redis.call('HGET', KEYS[5], head[1]) or '0')
  local abandoned = tonumber(redis.call('HGET', KEYS[3], 'passed:' .. head[1]) or '0')
  local fans = last - missed_through - abandoned
  -- Fans called again after Redis was wiped are left out: most had claimed before, so they would distort the measured
  -- share.
  if tonumber(head[1]) ~= admission.recalled then
    called = called + fans
    claimed = claimed + fans - silent
  end
  if called > SHARE_WINDOW then
    claimed = claimed * SHARE_WINDOW / called
    called = SHARE_WINDOW
  end
  redis.call('HDEL', KEYS[5], head[1])
  -- Not -silent: Lua writes minus zero as -0, which Redis does not accept as a number.
  redis.call('HINCRBY', KEYS[5], 'total', 0 - silent)
  redis.call('ZREM', KEYS[4], head[1])
  redis.call('HDEL', KEYS[3], 'passed:' .. head[1])
  missed_through, passed = last, passed - abandoned
  call_times = math.max(call_times - fans * tonumber(head[1]) / SLOT_MS, 0)
  ended_any = true
end
if ended_any then
  redis.call('HSET', KEYS[3], 'called', tostring(called), 'claimed', tostring(claimed), 'passed', passed,
    'missedThrough', missed_through, 'callTimes', string.format('%.0f', call_times))
end

-- Of the fans in grace, the measured share will claim in the end; those who have claimed already are no longer
-- expected. Where most fans are silent, almost none are expected from older calls.
local PRIOR_CALLS = 20
local FRESH_SLOTS = 16 -- four seconds, in which a fan's page sees the call and claims it
local EARLY_SPEED = 2
local unresolved = tonumber(redis.call('HGET', KEYS[5], 'total') or '0')
local in_grace = serving - missed_through - passed
local come = in_grace - unresolved
-- Until the first calls expire, the show-up rate is estimated from fans still within their grace period. Fresh calls
-- are ignored; older ones are weighted as if arrivals were uniform over the first half of the grace period.
local age_slots = math.max(in_grace * (now / SLOT_MS - FRESH_SLOTS) - call_times, 0)
local lived = math.min(age_slots * SLOT_MS * EARLY_SPEED / grace_ms, in_grace)
local early_share = math.min((come + PRIOR_CALLS) / (lived + PRIOR_CALLS), 1)
local share = (claimed + PRIOR_CALLS * early_share) / (called + PRIOR_CALLS)
-- Expect one standard deviation fewer than the mean: overbooking only delays a fan by one turn, while a reserved slot
-- that is never used is wasted. Freshly called fans are expected at the full measured share.
local deviation = math.sqrt(in_grace * share * math.max(1 - share, 0))
local fresh = 0
for _, slot in ipairs(redis.call('ZREVRANGE', KEYS[4], 0, FRESH_SLOTS - 1)) do
  if tonumber(slot) > now - FRESH_SLOTS * SLOT_MS then
    fresh = fresh + tonumber(redis.call('HGET', KEYS[5], slot) or '0')
  end
end
local still_to_come = math.max(share * in_grace - come - deviation, share * fresh)
local expected = turns + math.min(math.floor(still_to_come + 0.5), unresolved)

local reply = {}
local free_on_sale = 0
local flat = redis.call('HGETALL', KEYS[11])
for i = 1, #flat, 2 do
  local ticket_type, sale = flat[i], cjson.decode(flat[i + 1])
  local counts = redis.call('HMGET', KEYS[10], 'quantity:' .. ticket_type, 'free:' .. ticket_type, 'held:' .. ticket_type)
  local free = math.max(tonumber(counts[2]), 0)
  local selling = on_sale(sale, now)
  if selling then free_on_sale = free_on_sale + free end
  for _, value in ipairs({ ticket_type, counts[1], free, counts[3], selling and 1 or 0, now >= sale.to and 1 or 0 }) do
    table.insert(reply, value)
  end
end

local entries = redis.call('STRLEN', KEYS[2]) / 16
-- The first decision after the opening fixes the participants of the draw. No fan is called until a gateway has
-- computed its seed (roomClose, roomDraw), which is the same for every gateway.
local draw, is_waiting = '', false
if settings.order == 'draw' then
  -- Not while closed: a room closed before its opening holds its draw if it opens later.
  local opens = phase == 'open' or phase == 'paused'
  if opens and redis.call('HSETNX', KEYS[3], 'lobbyEntries', entries) == 1 then
    -- Marks of places left while the room used arrival order would otherwise apply to the fans drawn to those
    -- positions.
    redis.call('UNLINK', KEYS[13])
    redis.call('HDEL', KEYS[3], 'left')
  end
  draw = draw_json(KEYS[3])
  is_waiting = redis.call('HEXISTS', KEYS[3], 'seed') == 0
end

if phase == 'open' and not is_waiting then
  -- Each admitted fan without a hold, and each expected one, may still want a unit.
  local wanting = math.max(live - redis.call('ZCARD', KEYS[12]), 0) + expected
  local elapsed = math.max(now - (admission.at or now), 0)
  -- The bucket refills in proportion to the origins' health and holds one second's worth: tokens saved in better times
  -- must not be spent on overloaded origins. At least one whole call must always fit.
  local rate = settings.ratePerSecond * tonumber(ARGV[2]) / 1000
  local tokens = math.min(math.max(rate, 1), (admission.tokens or 1) + rate * elapsed / 1000)
  if rate == 0 then tokens = 0 end
  local slots = settings.maxActive - live - expected
  local left = admission.left or 0
  local waiting = entries - serving - 1 - left
  local count = math.max(math.min(math.floor(tokens), slots, waiting, free_on_sale - wanting), 0)
  if count > 0 and left == 0 then
    serving = serving + count
  elseif count > 0 then
    -- Places left before their turn are skipped: they use no call and no slot. Unused tokens stay in the bucket.
    local passed_over
    serving, count, passed_over = pass_over_left(KEYS[13], serving, count)
    left = left - passed_over
    redis.call('HSET', KEYS[3], 'left', left)
  end
  if count > 0 then
    local quarter = math.ceil(now / SLOT_MS)
    local slot = string.format('%.0f', quarter * SLOT_MS)
    local abandoned = (admission.left or 0) - left
    if abandoned > 0 then
      redis.call('HINCRBY', KEYS[3], 'passed', abandoned)
      redis.call('HINCRBY', KEYS[3], 'passed:' .. slot, abandoned)
    end
    redis.call('HSET', KEYS[3], 'callTimes', string.format('%.0f', call_times + count * quarter))
    redis.call('ZADD', KEYS[4], serving, slot)
    redis.call('HINCRBY', KEYS[5], slot, count)
    redis.call('HINCRBY', KEYS[5], 'total', count)
  end
  redis.call('HSET', KEYS[3], 'serving', serving, 'tokens', tostring(tokens - count), 'at', string.format('%.0f', now))
end

return { 'room', phase, now, entries, serving, live, expected, cjson.encode(settings), draw, unpack(reply) }
