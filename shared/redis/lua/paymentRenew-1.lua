-- Marks entries as still in flight, so that no other consumer claims them. Entries that another consumer has claimed,
-- or that are settled, stay unchanged.
--   KEYS[1] stream payments
--   ARGV[1] consumer group   ARGV[2] consumer   ARGV[3…] entries, a bounded number
-- Returns how many of them this consumer still owns.

local retained = 0
for i = 3, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if #pending > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    retained = retained + 1
  end
end
return retained
