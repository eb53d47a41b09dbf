-- Records that an account's sessions issued before a given second are revoked, unless a later one is recorded already.
--   KEYS[1] string that second
--   ARGV[1] second   ARGV[2] seconds to remember it
-- Returns 1 when it was recorded, else 0.

if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
