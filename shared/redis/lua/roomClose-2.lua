-- Records once the state in which a lobby closed, and the beacon round that its draw uses: the first one due late
-- enough for the record to be published before it. Every gateway computes the same record; the first one writes it.
--   KEYS[1] hash settings   KEYS[2] hash admission
--   ARGV[1] epoch in which log and participants were read   ARGV[2] entries in the lobby   ARGV[3] participants
--   ARGV[4] SHA-256 of the log in hex   ARGV[5] SHA-256 of the bitmap of participants in hex
--   ARGV[6] public key of the beacon in hex, '' for none   ARGV[7] when its round 1 was, in milliseconds
--   ARGV[8] milliseconds between two rounds   ARGV[9] minimum number of milliseconds from now to the round
-- Returns {'closed', record as JSON (lib/draw)} | {'changed'} (other entries, or the log is still being restored)
-- | {'absent'} (also in another epoch, whose log may differ).

--#include room
--#include draw

local settings = read_settings(KEYS[1], ARGV[1])
if not settings then return { 'absent' } end
local now = now_ms()
if phase_at(settings, now) == 'restoring' then return { 'changed' } end
local known = redis.call('HMGET', KEYS[2], 'lobbyEntries', 'closedAt')
if known[1] ~= ARGV[2] then return { 'changed' } end
if not known[2] then
  redis.call('HSET', KEYS[2], 'participants', ARGV[3], 'logHash', ARGV[4], 'participantsHash', ARGV[5],
    'closedAt', string.format('%.0f', now))
  if ARGV[6] ~= '' and settings.beacon and settings.beacon ~= 'none' then
    local first, period = tonumber(ARGV[7]), tonumber(ARGV[8])
    local round = math.max(math.ceil((now + tonumber(ARGV[9]) - first) / period) + 1, 1)
    redis.call('HSET', KEYS[2], 'round', string.format('%.0f', round),
      'roundAt', string.format('%.0f', first + (round - 1) * period), 'beaconKey', ARGV[6])
  end
end
return { 'closed', draw_json(KEYS[2]) }
