import type { NewValue, ParameterStore } from '../aws/parameters.ts'

/** Parameters in memory. Each call returns later, so that those of several hosts interleave. */
export function createTestParameters(initial: Record<string, string> = {}) {
  const values = new Map<string, NewValue>(
    Object.entries(initial).map(([name, text]) => [name, { text, secret: false }]),
  )
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const store: ParameterStore = {
    async get(name) {
      await turn()
      return values.get(name)?.text
    },
    async list(path) {
      await turn()
      const below = [...values].filter(([name]) => name.startsWith(`${path}/`))
      return new Map(below.map(([name, { text }]) => [name.slice(path.length + 1), text]))
    },
    async create(name, value) {
      await turn()
      if (values.has(name)) return 'exists'
      values.set(name, value)
      return 'created'
    },
    async replace(name, value) {
      await turn()
      values.set(name, value)
    },
  }
  return { store, values }
}
