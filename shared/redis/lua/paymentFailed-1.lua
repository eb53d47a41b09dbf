-- Counts a failure of one payment. A counter that Redis had already forgotten expires again after a while.
--   KEYS[1] hash this payment   ARGV[1] seconds to remember it
-- Returns how many failures that makes.

local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
if redis.call('HEXISTS', KEYS[1], 'state') == 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return failures
