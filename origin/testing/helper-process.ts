import { getPriority } from 'node:os'
import { answerRequests } from '../helper-process/answer-requests.ts'

/** A helper process for tests, which reports about itself and fails on demand. */
export type TestRequest = { double: number } | 'pid' | 'niceness' | 'fail' | 'never'

answerRequests<TestRequest, number>(async (request) => {
  if (request === 'fail') throw new Error('this one cannot be done')
  if (request === 'never') return new Promise<number>(() => {})
  if (request === 'pid') return process.pid
  return request === 'niceness' ? getPriority() : 2 * request.double
})
