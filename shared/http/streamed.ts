import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/**
 * A body that is streamed. When its source fails half-way, the connection is cut, so that no client takes the part for
 * the whole: the status has been sent already, and a chunked body that merely ends counts as complete.
 *
 * @param first - the chunk already read from the source
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
    // The source is not read ahead of the client.
    { highWaterMark: 0 },
  )
}

function cut(c: Context): void {
  const { outgoing }: Partial<HttpBindings> = (c.env as Partial<HttpBindings> | undefined) ?? {}
  outgoing?.destroy()
}
