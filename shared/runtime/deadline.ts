/** The work did not finish in time; its later outcome is ignored. */
export class DeadlineExceeded extends Error {
  constructor(milliseconds: number) {
    super(`not done after ${milliseconds} ms`)
    this.name = 'DeadlineExceeded'
  }
}

/** Settles as `work` does, or rejects with a `DeadlineExceeded` when that has not settled within the time. */
export async function withinDeadline<T>(milliseconds: number, work: () => Promise<T> | T): Promise<T> {
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => deadline.reject(new DeadlineExceeded(milliseconds)), milliseconds)
  try {
    return await Promise.race([work(), deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}
