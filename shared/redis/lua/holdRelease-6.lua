-- Releases a hold's units. Its expiry is remembered: the pass's next hold expires when this one would have.
--   KEYS[1] hash settings   KEYS[2] hash stock   KEYS[3] hash counts   KEYS[4] zset holds   KEYS[5] hash hold
--   KEYS[6] string until when the pass may hold, after a release
--   ARGV[1] hold   ARGV[2] epoch of the pass, '' for none
-- Returns {'released'} | {'missing'} | {'paying'} | {'restored'} (the pass is of an epoch before) | {'absent'}.

--#include room
--#include hold

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local fence = pass_fence(settings, ARGV[2])
if fence then return { fence } end
local now = now_ms()
local hold = read_hold(KEYS[5], ARGV[1])
if not hold then return { 'missing' } end
if hold.payment then return { 'paying' } end
drop_hold({ stock = KEYS[2], holds = KEYS[4], hold = KEYS[5] }, ARGV[1], hold, 'free')
uncount(KEYS[3], hold)
local left_ms = math.floor(hold.expires - now)
if left_ms > 0 then redis.call('SET', KEYS[6], string.format('%.0f', hold.expires), 'PX', left_ms) end
return { 'released' }
