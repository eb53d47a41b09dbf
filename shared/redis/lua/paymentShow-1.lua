-- Shows how far a payment has come, never backwards and never after its end. One that Redis does not know is left
-- alone: it was forgotten after its end, or Redis was wiped and MySQL tells how it stands.
--   KEYS[1] hash this payment
--   ARGV[1] payment   ARGV[2] state   ARGV[3] channel on which changes are announced
--   ARGV[4] why, shown with the state; '' for nothing
-- Returns 1 when it is shown, 0 when nothing changed, -1 when Redis does not know the payment.

--#include payment

if redis.call('HEXISTS', KEYS[1], 'state') == 0 then return -1 end
return show_payment(KEYS[1], ARGV[3], ARGV[1], ARGV[2], ARGV[4]) and 1 or 0
