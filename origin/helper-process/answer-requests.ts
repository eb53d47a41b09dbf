import type { HelperReply, HelperRequest } from './helper-process.ts'

/** The other end of `createHelperProcess`: answers each request with what `answer` makes of it. */
export function answerRequests<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on('message', ({ id, request }: HelperRequest<Request>) => {
    void answer(request).then(
      (answered) => reply({ id, answer: answered }),
      (error: unknown) => reply({ id, error: error instanceof Error ? error.message : String(error) }),
    )
  })
  // Ctrl-C goes to the whole group; the process that asks says when this one is no longer needed, or is gone.
  process.on('SIGINT', () => {})
  process.once('disconnect', () => process.exit(0))

  function reply(message: HelperReply<Answer>): void {
    // An answer that nobody reads any more needs no error.
    process.send?.(message, () => {})
  }
}
