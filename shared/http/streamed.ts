import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/**
 * A body that is sent as it comes. When its source fails half-way, the connection is cut, so that nobody takes what came
 * for the whole: the answer's status is long gone, and a chunked body that merely ends says that it is complete.
 *
 * @param first - what was read of the source already
 */
export function streamed(
  c: Context,
  source: AsyncIterable<Uint8Array>,
  first?: Uint8Array,
): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (first !== undefined) controller.enqueue(first)
      },
      async pull(controller) {
        try {
          const { done, value } = await iterator.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          cut(c)
          controller.error(error)
        }
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

function cut(c: Context): void {
  const { outgoing }: Partial<HttpBindings> = (c.env as Partial<HttpBindings> | undefined) ?? {}
  outgoing?.destroy()
}
