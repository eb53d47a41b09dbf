-- Forgets a consumer that stops, unless it leaves something under way: that stays for whoever takes it over.
--   KEYS[1] stream payments   ARGV[1] consumer group   ARGV[2] consumer
-- Returns 1 when it was forgotten, 0 when not.

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if pending.err or #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
