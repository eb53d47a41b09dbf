import { errorBody, type FakeAnswer } from './fixtures.ts'

/** The responses that Stripe caches for idempotency keys: https://docs.stripe.com/api/idempotent_requests */
export function createKeptAnswers(): {
  /** Carries out the first request under a key, and repeats its response to the same one. */
  once(key: string, request: string, run: () => FakeAnswer): FakeAnswer
  forget(): void
} {
  const cached = new Map<string, { request: string; answer: FakeAnswer }>()
  return {
    once(key, request, run) {
      const earlier = cached.get(key)
      if (earlier === undefined) {
        const made = run()
        cached.set(key, { request, answer: made })
        return made
      }
      if (earlier.request !== request) {
        return { status: 400, body: errorBody('idempotency_error', undefined, 'Keys are for one request') }
      }
      return { ...earlier.answer, replayed: true }
    },
    forget: () => cached.clear(),
  }
}
