-- Returns until when a called place may be claimed, by the same rule as roomClaim.
--   KEYS[1] hash settings   KEYS[2] hash admission   KEYS[3] zset calls   KEYS[4] zset turns   KEYS[5] zset turn-ends
--   ARGV[1] position, which was called
-- Returns {'open', ends ms} | {'over'} | {'absent'} (also while nothing is promised).

--#include room
--#include calls

local settings = read_settings(KEYS[1])
if not settings then return { 'absent' } end
local now = now_ms()
local phase = phase_at(settings, now)
if phase ~= 'open' and phase ~= 'paused' then return { 'absent' } end
local position = tonumber(ARGV[1])
local keys = { admission = KEYS[2], calls = KEYS[3], turns = KEYS[4], turn_ends = KEYS[5] }
local open, slot = open_turn(keys, position, settings.graceSeconds, now)
if not open then return { 'over' } end
if slot then return { 'open', tonumber(slot) + settings.graceSeconds * 1000 } end
return { 'open', tonumber(redis.call('ZSCORE', KEYS[5], position)) }
