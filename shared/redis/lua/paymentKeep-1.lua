-- Says that a consumer still has entries under way, so that nobody takes them over. Entries that another consumer
-- has taken over, or that have ended, stay as they are.
--   KEYS[1] stream payments
--   ARGV[1] consumer group   ARGV[2] consumer   ARGV[3…] entries, a bounded number
-- Returns how many of them are still this consumer's.

local kept = 0
for i = 3, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if #pending > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    kept = kept + 1
  end
end
return kept
