-- Gives a pass up, and with it what it holds; its slot is free at the next decision.
--   KEYS[1] hash settings   KEYS[2] zset passes   KEYS[3] hash pass    KEYS[4] hash stock
--   KEYS[5] hash counts     KEYS[6] zset holds    KEYS[7] hash hold
--   ARGV[1] account   ARGV[2] pass ID   ARGV[3] epoch of the pass, '' for none
-- Returns {'left'} | {'ended'} (it was over already) | {'paying'} | {'restored'} (the pass is of an epoch before)
-- | {'absent'}.

--#include room
--#include hold

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local fence = pass_fence(settings, ARGV[3])
if fence then return { fence } end
local account, id = ARGV[1], ARGV[2]
local pass = redis.call('HGET', KEYS[3], account)
if not pass or cjson.decode(pass).id ~= id then return { 'ended' } end
local hold = read_hold(KEYS[7], id)
if hold and hold.payment then return { 'paying' } end
if hold then
  drop_hold({ stock = KEYS[4], holds = KEYS[6], hold = KEYS[7] }, id, hold, 'free')
  uncount(KEYS[5], hold)
end
redis.call('ZREM', KEYS[2], account)
redis.call('HDEL', KEYS[3], account)
return { 'left' }
