/** Lines as bytes, read no faster than they are sent; whoever goes away ends the reading. */
export function linesToStream(lines: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const reading = lines[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reading.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await reading.return?.()
    },
  })
}
