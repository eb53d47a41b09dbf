import { action, offerAction } from './lib/provider-action.ts'
import { openStripe } from './lib/stripe.ts'

/** Has Stripe's module ask the fan to authenticate, as 3-D Secure does (docs.stripe.com/js, handleNextAction). */

offerAction(async () => {
  const stripe = await openStripe(action.publicKey ?? '')
  const { error } = await stripe.handleNextAction({ clientSecret: action.parameters['clientSecret'] ?? '' })
  return error?.message
})
