import { expect, it } from 'vitest'
import { etagOf, readAnswer } from './connection.ts'
import { allowedCores } from './processes.ts'

const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\n\r\nhello'

it('finds the end of a response', () => {
  expect(readAnswer(Buffer.from(whole))?.status).toBe(200)
  expect(etagOf(readAnswer(Buffer.from(whole))?.head ?? '')).toBe('"a"')
  for (let bytes = 0; bytes < whole.length; bytes += 1) {
    expect(readAnswer(Buffer.from(whole.slice(0, bytes)))).toBeUndefined()
  }
})

it('expects no body in a 304', () => {
  expect(readAnswer(Buffer.from('HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'))?.status).toBe(304)
})

it('does not count what it cannot parse', () => {
  expect(() => readAnswer(Buffer.from(`${whole}!`))).toThrow('More came')
  expect(() => readAnswer(Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'))).toThrow(
    'how long',
  )
})

it.each([
  ['0-3,7', [0, 1, 2, 3, 7]],
  ['5', [5]],
])('reads the cores %s', (list, cores) => {
  expect(allowedCores(`Name:\tnode\nCpus_allowed_list:\t${list}\n`)).toEqual(cores)
})
