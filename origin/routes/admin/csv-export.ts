import type { Context } from 'hono'
import { Problem } from '../../../shared/api/problem.ts'
import type { Leases } from '../../../shared/runtime/leases.ts'

const RETRY_SECONDS = 10

/**
 * Sends lines as a CSV file while they are read, no faster than the client receives them; when the client disconnects,
 * reading stops. The number of concurrent exports per account is limited.
 *
 * @param begin - throws a problem when there is nothing to export
 */
export async function sendCsv(
  c: Context,
  { exportsUnderWay, account }: { exportsUnderWay: Leases; account: string },
  begin: () => Promise<{ name: string; lines: AsyncIterable<string> }>,
): Promise<Response> {
  const end = exportsUnderWay.take(account)
  if (end === undefined) {
    const retryAfterSeconds = RETRY_SECONDS
    throw new Problem('too-many', 'Other exports of yours are under way', { retryAfterSeconds })
  }
  try {
    const { name, lines } = await begin()
    // The body of a response to HEAD is never read.
    if (c.req.method === 'HEAD') end()
    return c.body(toStream(lines, end), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    })
  } catch (error) {
    end()
    throw error
  }
}

/** @param onEnd - called once all was read, reading failed, or the client disconnected */
function toStream(lines: AsyncIterable<string>, onEnd: () => void): ReadableStream<Uint8Array> {
  const reading = lines[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reading.next()
          if (done !== true) return controller.enqueue(encoder.encode(value))
        } catch (error) {
          onEnd()
          throw error
        }
        onEnd()
        controller.close()
      },
      async cancel() {
        onEnd()
        await reading.return?.()
      },
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}
