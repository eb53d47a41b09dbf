-- Binds a place to an account, so that it follows the account to another device. An account waits at one place, the
-- first it bound, until that is over; a place belongs to one account, the first that bound it.
--   KEYS[1] hash settings   KEYS[2] string entries, 16 bytes each   KEYS[3] hash accounts   KEYS[4] hash admission
--   KEYS[5] zset calls      KEYS[6] bitmap claimed                  KEYS[7] zset turns      KEYS[8] zset turn-ends
--   KEYS[9] zset passes
--   ARGV[1] index   ARGV[2] account
--   ARGV[3] index of the place the account was last found bound to, -1 for none   ARGV[4] its position
--   ARGV[5] epoch in which the place stands, '' for whichever
-- Returns {'bound'} (also when it was before) | {'foreign'} (to another account) | {'elsewhere', index} (the account
-- waits at that place, which was not named in ARGV[3] or is not over) | {'unknown'} (no such place)
-- | {'absent'} (also in another epoch, and while the room is restored).

--#include room
--#include calls
--#include accounts

local settings = read_settings(KEYS[1], ARGV[5])
local now = now_ms()
if not settings or phase_at(settings, now) == 'restoring' then return { 'absent' } end
local index, account = ARGV[1], ARGV[2]
if tonumber(index) >= redis.call('STRLEN', KEYS[2]) / 16 then return { 'unknown' } end
local owner = redis.call('HGET', KEYS[3], index)
if owner == account then return { 'bound' } end
if owner then return { 'foreign' } end

local keys = {
  accounts = KEYS[3], admission = KEYS[4], calls = KEYS[5], claimed = KEYS[6],
  turns = KEYS[7], turn_ends = KEYS[8], passes = KEYS[9],
}
local former = { index = ARGV[3], position = tonumber(ARGV[4]) }
local elsewhere = waits_elsewhere(keys, account, index, former, settings.graceSeconds, now)
if elsewhere then return { 'elsewhere', elsewhere } end
bind_place(KEYS[3], index, account)
return { 'bound' }
