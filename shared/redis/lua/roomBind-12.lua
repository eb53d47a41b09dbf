-- Binds a place to an account, so that it follows the account to another device. An account waits at one place, the
-- first that it bound, until that is over; a place belongs to one account, the first that bound it. Before the opening
-- the place of a proven account takes part in the draw, one per account.
--   KEYS[1] hash settings   KEYS[2] string entries, 16 bytes each   KEYS[3] hash accounts   KEYS[4] hash admission
--   KEYS[5] zset calls      KEYS[6] bitmap claimed                  KEYS[7] zset turns      KEYS[8] zset turn-ends
--   KEYS[9] zset passes     KEYS[10] bitmap participants            KEYS[11] hash chances
--   KEYS[12] stream bindings
--   ARGV[1] index   ARGV[2] account
--   ARGV[3] index of the place the account was last found bound to, -1 for none   ARGV[4] its position
--   ARGV[5] epoch in which the place is valid, '' for any
--   ARGV[6] 1 when the account is proven, 0 when not
--   ARGV[7] hash of the network to count the chance under, '' for none   ARGV[8] hash of its mail domain, '' for none
--   ARGV[9] entry that its token names for the index in the log, '' when it names none
-- Returns {'bound', takes part} (also when it was before; 'yes', or why not as lib/chances says; '' where places of
-- accounts have no part in it) | {'other-account'} (to another account) | {'elsewhere', index} (the account waits at that
-- place, which was not named in ARGV[3] or is not over) | {'unknown'} (no such place)
-- | {'moved'} (another entry had the index first: lib/entries)
-- | {'absent'} (also in another epoch, and while the room is restored).

--#include room
--#include calls
--#include entries
--#include accounts
--#include chances

local settings = read_settings(KEYS[1], ARGV[5])
local now = now_ms()
local phase = settings and phase_at(settings, now)
if not settings or phase == 'restoring' then return { 'absent' } end
local index, account = ARGV[1], ARGV[2]
if tonumber(index) >= redis.call('STRLEN', KEYS[2]) / 16 then return { 'unknown' } end
if is_moved(KEYS[2], tonumber(index), ARGV[9]) then return { 'moved' } end
local owner = redis.call('HGET', KEYS[3], index)
if owner and owner ~= account then return { 'other-account' } end

local keys = {
  accounts = KEYS[3], admission = KEYS[4], calls = KEYS[5], claimed = KEYS[6],
  turns = KEYS[7], turn_ends = KEYS[8], passes = KEYS[9], participants = KEYS[10], chances = KEYS[11],
  bindings = KEYS[12], entries = KEYS[2],
}
if not owner then
  local previous = { index = ARGV[3], position = tonumber(ARGV[4]) }
  local elsewhere = waits_elsewhere(keys, account, index, previous, settings.graceSeconds, now)
  if elsewhere then return { 'elsewhere', elsewhere } end
  if is_in_doubt(settings, KEYS[2], tonumber(index), ARGV[9], owner) then return { 'moved' } end
  bind_place(keys, settings.epoch, index, account)
end

if draw_version(settings) < 2 then return { 'bound', '' } end
-- Also in a room with arrival order: its organiser may still choose the draw.
local proof = { proven = ARGV[6] == '1', network = ARGV[7], domain = ARGV[8] }
local takes_part, newly = take_part(keys, settings, phase, index, proof)
if newly then publish_binding(keys, settings.epoch, index) end
return { 'bound', settings.order == 'draw' and takes_part or '' }
