import type { Context } from 'hono'

/** Reads a form; its fields are empty where they are missing. */
export async function readForm(c: Context): Promise<(name: string) => string> {
  const form = await c.req.parseBody()
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** The solved challenge of a form that was refused before; an unreadable one counts as none. */
export function proofOf(text: (name: string) => string): { proof?: unknown } {
  try {
    return { proof: JSON.parse(text('proof')) as unknown }
  } catch {
    return {}
  }
}
