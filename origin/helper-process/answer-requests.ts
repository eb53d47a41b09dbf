import type { HelperReply, HelperRequest } from './helper-process.ts'

/** The other end of `createHelperProcess`: replies to each request with the result of `answer`. */
export function answerRequests<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on('message', ({ id, request }: HelperRequest<Request>) => {
    void answer(request).then(
      (answered) => reply({ id, answer: answered }),
      (error: unknown) => reply({ id, error: error instanceof Error ? error.message : String(error) }),
    )
  })
  // Ctrl-C goes to the whole process group; the parent process ends this one when it is no longer needed, or is gone.
  process.on('SIGINT', () => {})
  process.once('disconnect', () => process.exit(0))

  function reply(message: HelperReply<Answer>): void {
    // A reply without a reader needs no error.
    process.send?.(message, () => {})
  }
}
