import type { createTestGateway } from '../../../gateway/testing/gateway.ts'

export type Answer = { status: number; body: Record<string, unknown> }

/** Calls the API of a gateway that runs in the test's own process. */
export async function askInProcess(
  { app }: Pick<ReturnType<typeof createTestGateway>, 'app'>,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: object } = {},
): Promise<Answer> {
  const answer = await app.request(`/api${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}
