-- Publishes a payment's progress, never backwards and never after it is settled. One that Redis does not know is left
-- unchanged: it was forgotten after it was settled, or Redis was wiped and MySQL has its state.
--   KEYS[1] hash this payment
--   ARGV[1] payment   ARGV[2] state   ARGV[3] channel on which changes are announced
--   ARGV[4] why, shown with the state; '' for nothing
-- Returns 1 when it was published, 0 when nothing changed, -1 when Redis does not know the payment.

--#include payment

if redis.call('HEXISTS', KEYS[1], 'state') == 0 then return -1 end
return show_payment(KEYS[1], ARGV[3], ARGV[1], ARGV[2], ARGV[4]) and 1 or 0
