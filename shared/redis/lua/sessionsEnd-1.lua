-- Notes that an account's sessions issued before a second are over, unless a later one is noted already.
--   KEYS[1] string that second
--   ARGV[1] second   ARGV[2] seconds for which to remember it
-- Returns 1 when it was noted, else 0.

if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
