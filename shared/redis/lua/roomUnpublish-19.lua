-- Removes a room without entries from Redis: from then on it is not known. The payment stream stays; such a room has no
-- payments.
--   KEYS[1] hash settings    KEYS[2] string entries    KEYS[3] hash admission   KEYS[4] zset calls
--   KEYS[5] hash unresolved  KEYS[6] bitmap claimed    KEYS[7] zset turns       KEYS[8] zset turn-ends
--   KEYS[9] zset passes      KEYS[10] hash pass        KEYS[11] hash accounts   KEYS[12] hash stock
--   KEYS[13] hash types      KEYS[14] hash counts      KEYS[15] zset holds      KEYS[16] hash hold
--   KEYS[17] hash returning  KEYS[18] bitmap participants  KEYS[19] hash chances
-- Returns {'unpublished'} | {'entered', entries} | {'absent'} (not known, or still being restored).

--#include room

local settings = read_settings(KEYS[1])
if not settings or phase_at(settings, now_ms()) == 'restoring' then return { 'absent' } end
local entries = redis.call('STRLEN', KEYS[2]) / 16
if entries > 0 then return { 'entered', entries } end
for _, key in ipairs(KEYS) do redis.call('UNLINK', key) end
return { 'unpublished' }
