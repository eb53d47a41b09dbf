-- Returns a hold's current state.
--   KEYS[1] hash settings   KEYS[2] hash hold   ARGV[1] hold   ARGV[2] epoch of the pass, '' for none
-- Returns {'held', hold as JSON} | {'missing'} (never taken, released, or expired)
-- | {'restored'} (the pass is of an epoch before) | {'absent'}.

--#include room
--#include hold

local settings = read_settings(KEYS[1])
local fence = settings and pass_fence(settings, ARGV[2])
if fence then return { fence } end
local now = now_ms()
-- While a room is being rebuilt its holds are not known yet.
if not settings or phase_at(settings, now) == 'restoring' then return { 'absent' } end
local hold, json = read_hold(KEYS[2], ARGV[1])
if not hold or (not hold.payment and hold.expires <= now) then return { 'missing' } end
return { 'held', json }
