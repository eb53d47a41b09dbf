-- Removes a stopping consumer, unless it has entries in flight: those stay for another consumer to claim.
--   KEYS[1] stream payments   ARGV[1] consumer group   ARGV[2] consumer
-- Returns 1 when it was removed, else 0.

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err or #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
