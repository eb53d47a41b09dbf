-- Takes one more try to sign in, or for a letter, unless one of three limits is reached; a refused one counts nowhere.
--   KEYS[1] string tries from the caller's network   KEYS[2] string tries about this account from that network
--   KEYS[3] string tries about this account from anywhere; each in the window that began with the first of them
--   ARGV[1] most from a network   ARGV[2] most about an account from a network   ARGV[3] most about an account
--   ARGV[4] seconds of a window
-- Returns {'taken'} | {'limited', seconds until none of the limits is reached any more}.

local wait_ms = 0
for i = 1, 3 do
  if tonumber(redis.call('GET', KEYS[i]) or '0') >= tonumber(ARGV[i]) then
    wait_ms = math.max(wait_ms, redis.call('PTTL', KEYS[i]), 1)
  end
end
if wait_ms > 0 then return { 'limited', math.ceil(wait_ms / 1000) } end

for i = 1, 3 do
  if redis.call('INCR', KEYS[i]) == 1 then redis.call('EXPIRE', KEYS[i], ARGV[4]) end
end
return { 'taken' }
