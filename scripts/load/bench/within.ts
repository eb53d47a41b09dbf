/** Waits for work up to a time limit. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Answers are missing after ${timeoutMs} ms`)), timeoutMs)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
