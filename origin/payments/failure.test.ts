import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeFailure, isNonsense, isOwnFailure } from './failure.ts'

const failed = (fields: object, message = 'failed') => Object.assign(new Error(message), fields)
const query = (cause: Error) => new DrizzleQueryError('insert into payments', ['secret'], cause)
const zodError = z.string().safeParse(1).error

describe('a permanent failure of one payment', () => {
  it.each<[string, unknown]>([
    ['a value too long', query(failed({ code: 'ER_DATA_TOO_LONG', sqlState: '22001' }))],
    ['an account that does not exist', query(failed({ code: 'ER_NO_REFERENCED_ROW_2', sqlState: '23000' }))],
    ['an error of our own code', new TypeError('x is not a function')],
  ])('is %s', (_, error) => {
    expect(isOwnFailure(error)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['MySQL that is unavailable', query(failed({ code: 'ECONNREFUSED' }))],
    ['a connection that was lost', failed({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true })],
    [
      'a connection that was closed',
      failed({ fatal: true }, "Can't add new command when connection is in closed state"),
    ],
    ['a deadlock', query(failed({ code: 'ER_LOCK_DEADLOCK', sqlState: '40001' }))],
    ['MySQL that is read-only', query(failed({ code: 'ER_OPTION_PREVENTS_STATEMENT', sqlState: 'HY000' }))],
    ['too many who wait for MySQL', new Error('Queue limit reached.')],
    ['too many who wait for a statement', query(new Error('Queue limit reached.'))],
    [
      'Redis that is unavailable',
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    ],
    ['Redis that is loading', failed({ name: 'ReplyError' }, 'LOADING Redis is loading the dataset')],
    ['a timeout', AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason],
  ])('is not %s', (_, error) => {
    expect(isOwnFailure(error)).toBe(false)
  })
})

describe('an invalid response', () => {
  it.each<[string, unknown, boolean]>([
    ['of another shape', zodError, true],
    ['that is not JSON', new SyntaxError('Unexpected token'), true],
    ['that refuses the request', { status: 404, body: {} }, true],
    ['as an error that refuses the request', failed({ statusCode: 400, code: 'parameter_invalid' }), true],
    ['of a provider in trouble', { status: 503, body: {} }, false],
    ['that says too many', { status: 429, body: {} }, false],
    ['that blames our key', failed({ statusCode: 401 }), false],
    ['that never came', failed({ code: 'UND_ERR_SOCKET' }), false],
    ['with nothing to it', undefined, false],
  ])('is one %s: %s → %s', (_, cause, nonsense) => {
    expect(isNonsense(cause)).toBe(nonsense)
  })
})

describe('the reason of a failure', () => {
  it('is the deepest cause, in one bounded line, without the statement', () => {
    const text = describeFailure(query(new Error(`Data too long\nfor ${'x'.repeat(1000)}`)))
    expect(text).toMatch(/^Data too long for x+$/)
    expect(text).toHaveLength(500)
    expect(describeFailure({ status: 418 })).toBe('the provider answered 418')
  })
})
