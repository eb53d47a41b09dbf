-- Starts the rebuild of a room: deletes its remaining keys and writes its stock as if nothing were sold. Without
-- settings every script refuses the room, so it stays shut until roomRebuildFinish writes them. Payments in the stream
-- stay.
--   KEYS[1] string rebuild   KEYS[2] hash stock        KEYS[3] hash settings    KEYS[4] string entries
--   KEYS[5] hash admission   KEYS[6] zset calls        KEYS[7] hash unresolved  KEYS[8] bitmap claimed
--   KEYS[9] zset turns       KEYS[10] zset turn-ends   KEYS[11] zset passes     KEYS[12] hash pass
--   KEYS[13] hash accounts   KEYS[14] hash types       KEYS[15] hash counts     KEYS[16] zset holds
--   KEYS[17] hash hold       KEYS[18] hash returning   KEYS[19] bitmap participants   KEYS[20] hash chances
--   KEYS[21] hash moved      KEYS[22] string seconds
--   ARGV[1] token of the builder   ARGV[2] milliseconds of its lease
--   ARGV[3] quantities as a JSON array of {type, quantity}
-- Returns {'written'} | {'outdated'}.

--#include rebuild

if not holds_lease(KEYS[1], ARGV[1], ARGV[2]) then return { 'outdated' } end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
for _, t in ipairs(cjson.decode(ARGV[3])) do
  redis.call('HSET', KEYS[2],
    'quantity:' .. t.type, t.quantity, 'free:' .. t.type, t.quantity, 'held:' .. t.type, 0, 'sold:' .. t.type, 0)
end
return { 'written' }
