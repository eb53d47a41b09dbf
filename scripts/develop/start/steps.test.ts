import { expect, it } from 'vitest'
import { createSteps, type StepsOutput } from './steps.ts'

function output(isTTY: boolean): StepsOutput & { text: string } {
  const out = {
    isTTY,
    text: '',
    write(text: string) {
      out.text += text
    },
  }
  return out
}

it('prints one line for a step, with its last title and its time, and no colours into a file', async () => {
  const out = output(false)
  const result = await createSteps(out, true).run('Keys', async (say) => {
    say('Keys, made')
    return 7
  })
  expect(result).toBe(7)
  expect(out.text).toMatch(/^ {2}✓ Keys, made +\d+\.\d s\n$/)
})

it('shows the current step on a terminal, and replaces it with the outcome', async () => {
  const out = output(true)
  await createSteps(out, false).run('Keys', async () => {})
  const [, underWay, outcome] = out.text.split('\r\x1b[2K')
  expect(underWay).toBe('  … Keys')
  expect(outcome).toMatch(/^ {2}✓ Keys .*\n$/)
})

it('marks a step that fails, and passes its error on', async () => {
  const out = output(false)
  const run = createSteps(out, false).run('Keys', () => Promise.reject(new Error('no entropy')))
  await expect(run).rejects.toThrow('no entropy')
  expect(out.text).toMatch(/^ {2}✗ Keys/)
})

it('does not report a step as failed that the user has stopped', async () => {
  const out = output(false)
  const run = createSteps(out, false, AbortSignal.abort()).run('Keys', () =>
    Promise.reject(new Error('stopped')),
  )
  await expect(run).rejects.toThrow('stopped')
  expect(out.text).toMatch(/^ {2}– Keys/)
})
