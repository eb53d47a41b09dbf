-- Counts one attempt to sign in, or to have an e-mail sent, unless a limit is reached; a refused one is not counted.
--   KEYS[1] string attempts from the caller's network   KEYS[2] string attempts at this account from that network
--   KEYS[3] string attempts at this account from anywhere   KEYS[4] string attempts of this known device
--   KEYS[5] string attempts at this account that a proof of work paid for; each counted in the window that began with
--                  the first of them
--   KEYS[6] string that exists once this proof of work was used
--   ARGV[1] maximum per network   ARGV[2] maximum per account and network, and per known device
--   ARGV[3] maximum per account   ARGV[4] seconds of a window
--   ARGV[5] '1' for a device on which this account has signed in before
--   ARGV[6] thousand hashes that a proof of work took, 0 without one   ARGV[7] seconds to remember a used proof
--   ARGV[8] thousand hashes that the first proof must take   ARGV[9] maximum that any must take
--   ARGV[10] number of proofs after which the price doubles
-- Returns {'taken'} | {'limited', seconds until none of the limits is reached, thousand hashes that buy an attempt now}.
-- Others can use up the limits of a network and an account, but neither those of a known device nor those of a proof.

local function count(key)
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[4]) end
end
local function read(key) return tonumber(redis.call('GET', key) or '0') end

if ARGV[5] == '1' and read(KEYS[4]) < tonumber(ARGV[2]) then
  count(KEYS[4])
  return { 'taken' }
end

local wait_ms = 0
for i = 1, 3 do
  if read(KEYS[i]) >= tonumber(ARGV[i]) then wait_ms = math.max(wait_ms, redis.call('PTTL', KEYS[i]), 1) end
end
if wait_ms == 0 then
  for i = 1, 3 do count(KEYS[i]) end
  return { 'taken' }
end

local doublings = math.min(math.floor(read(KEYS[5]) / tonumber(ARGV[10])), 20)
local price = math.min(tonumber(ARGV[8]) * 2 ^ doublings, tonumber(ARGV[9]))
-- A challenge stays valid while the price at most quadruples, so that no client works in vain while others pay.
local paid = tonumber(ARGV[6])
if paid > 0 and paid * 4 >= price and redis.call('SET', KEYS[6], 1, 'NX', 'EX', ARGV[7]) then
  count(KEYS[5])
  return { 'taken' }
end
return { 'limited', math.ceil(wait_ms / 1000), price }
