-- Calls as many fans as the rate, the free slots, the queue and the stock allow, and says how the room stands.
-- Any number of gateways may run it at any time: what moves `serving` is Redis' clock and state, not the caller.
--   KEYS[1] hash settings     KEYS[2] string entries    KEYS[3] hash admission     KEYS[4] zset calls
--   KEYS[5] hash unresolved   KEYS[6] zset turns        KEYS[7] zset turn-ends     KEYS[8] zset passes
--   KEYS[9] hash pass         KEYS[10] hash stock       KEYS[11] hash types        KEYS[12] zset holds
--   KEYS[13] bitmap claimed
--   ARGV[1] most passes, turns and calls ended in one run
--   ARGV[2] how much of the rate the origins can take, in thousandths; 0 when none lives
-- Returns {'absent'}, or {'room', phase, now ms, entries, serving, live passes, expected, settings as JSON,
-- the draw's record as JSON (lib/draw; '' before the opening, and where there is no draw), then for each ticket type: type, quantity, free, held, on sale (1 or 0), ended (1 or 0)}.

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

-- Passes and kept turns end by the clock. Turns and calls do not while no origin keeps the room: nobody can claim then,
-- and has the time given back (lib/lease).
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

-- Calls whose grace has passed: whoever has not claimed by now is resolved. How many did is remembered over about
-- the last SHARE_WINDOW calls, so that silent entries do not keep slots empty. Places that were given up before their
-- turn lie among those called and are counted apart: `passed` of all calls in grace, `passed:<slot>` of each.
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
  local given_up = tonumber(redis.call('HGET', KEYS[3], 'passed:' .. head[1]) or '0')
  local fans = last - missed_through - given_up
  -- Those called again after Redis was wiped have mostly come before: they say nothing of who comes.
  if tonumber(head[1]) ~= admission.recalled then
    called = called + fans
    claimed = claimed + fans - silent
  end
  if called > SHARE_WINDOW then
    claimed = claimed * SHARE_WINDOW / called
    called = SHARE_WINDOW
  end
  redis.call('HDEL', KEYS[5], head[1])
  -- Not -silent: Lua writes minus zero as -0, which Redis takes for no number.
  redis.call('HINCRBY', KEYS[5], 'total', 0 - silent)
  redis.call('ZREM', KEYS[4], head[1])
  redis.call('HDEL', KEYS[3], 'passed:' .. head[1])
  missed_through, passed = last, passed - given_up
  call_times = math.max(call_times - fans * tonumber(head[1]) / SLOT_MS, 0)
  ended_any = true
end
if ended_any then
  redis.call('HSET', KEYS[3], 'called', tostring(called), 'claimed', tostring(claimed), 'passed', passed,
    'missedThrough', missed_through, 'callTimes', string.format('%.0f', call_times))
end

-- Of the fans in grace, the measured share will have come in the end, and those who have come already are not expected
-- any more: where silence is the rule, this leaves next to nobody to expect of calls made a while ago.
local PRIOR_CALLS = 20
local FRESH_SLOTS = 16 -- four seconds, in which a fan's page sees the call and claims it
local EARLY_SPEED = 2
local unresolved = tonumber(redis.call('HGET', KEYS[5], 'total') or '0')
local in_grace = serving - missed_through - passed
local come = in_grace - unresolved
-- Before the first calls have ended, those in grace are all there is to judge by. They count for as many calls as if
-- fans came evenly over the first half of the grace, once no longer fresh; nobody is doubted before that.
local age_slots = math.max(in_grace * (now / SLOT_MS - FRESH_SLOTS) - call_times, 0)
local lived = math.min(age_slots * SLOT_MS * EARLY_SPEED / grace_ms, in_grace)
local early_share = math.min((come + PRIOR_CALLS) / (lived + PRIOR_CALLS), 1)
local share = (claimed + PRIOR_CALLS * early_share) / (called + PRIOR_CALLS)
-- Rather one standard deviation too few are expected than too many: whom no free slot is left for goes in next, and a
-- slot kept for nobody is lost. But whoever has just been called is expected as the share says.
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
-- The first decision after the opening fixes who takes part in the draw. Nobody is called until a gateway has worked
-- out its seed (roomClose, roomDraw), which is the same whichever does.
local draw, is_waiting = '', false
if settings.order == 'draw' then
  -- Not while closed: a room that was closed before its opening draws when it opens after all.
  local opens = phase == 'open' or phase == 'paused'
  if opens and redis.call('HSETNX', KEYS[3], 'lobbyEntries', entries) == 1 then
    -- Places given up while the room went by arrival would be given up for whoever is drawn to their positions.
    redis.call('UNLINK', KEYS[13])
    redis.call('HDEL', KEYS[3], 'left')
  end
  draw = draw_json(KEYS[3])
  is_waiting = redis.call('HEXISTS', KEYS[3], 'seed') == 0
end

if phase == 'open' and not is_waiting then
  -- Each fan inside who holds nothing yet, and each one expected, may still want a unit.
  local wanting = math.max(live - redis.call('ZCARD', KEYS[12]), 0) + expected
  local elapsed = math.max(now - (admission.at or now), 0)
  -- The bucket fills the slower the less the origins can take, and holds a second's worth of that: what was saved in
  -- better times must not be called on origins in trouble. One whole call must always fit.
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
    -- Places that were given up are passed over: they take no call and no slot. The bucket keeps what was not called.
    local passed_over
    serving, count, passed_over = pass_over_left(KEYS[13], serving, count)
    left = left - passed_over
    redis.call('HSET', KEYS[3], 'left', left)
  end
  if count > 0 then
    local quarter = math.ceil(now / SLOT_MS)
    local slot = string.format('%.0f', quarter * SLOT_MS)
    local given_up = (admission.left or 0) - left
    if given_up > 0 then
      redis.call('HINCRBY', KEYS[3], 'passed', given_up)
      redis.call('HINCRBY', KEYS[3], 'passed:' .. slot, given_up)
    end
    redis.call('HSET', KEYS[3], 'callTimes', string.format('%.0f', call_times + count * quarter))
    redis.call('ZADD', KEYS[4], serving, slot)
    redis.call('HINCRBY', KEYS[5], slot, count)
    redis.call('HINCRBY', KEYS[5], 'total', count)
  end
  redis.call('HSET', KEYS[3], 'serving', serving, 'tokens', tostring(tokens - count), 'at', string.format('%.0f', now))
end

return { 'room', phase, now, entries, serving, live, expected, cjson.encode(settings), draw, unpack(reply) }
