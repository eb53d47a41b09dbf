/** Why nothing was created; the key stays free. */
export type Refusal =
  | { status: 'failed' }
  | { status: 'ledger-full' }
  | { status: 'charge-unknown' }
  | { status: 'not-refundable'; detail: string }

export type Attempt<Made> = { status: 'made'; made: Made; answerLost: boolean } | Refusal
export type OnceResult<Made> = Attempt<Made> | { status: 'repeated'; made: Made } | { status: 'key-reused' }

export type Once<Order, Made extends Order> = {
  /** Restores what an earlier process created. */
  remember(key: string, made: Made): void
  /** The result under the key; waits for one that is being created. */
  find(key: string): Promise<Made | undefined>
  /**
   * Makes what is ordered unless the key has it already. A caller who comes while it is in the making waits and
   * shares what comes of it; one whose order differs is told so at once.
   */
  run(key: string, order: Order, make: () => Promise<Attempt<Made>>): Promise<OnceResult<Made>>
}

/**
 * Idempotency by key, after draft-ietf-httpapi-idempotency-key-header: one key, one order, one thing made.
 *
 * @param isSame - whether two orders ask for the same; what was made carries its order's fields
 */
export function createOnce<Order, Made extends Order>(
  isSame: (a: Order, b: Order) => boolean,
): Once<Order, Made> {
  const madeByKey = new Map<string, Made>()
  const running = new Map<string, { order: Order; attempt: Promise<Attempt<Made>> }>()

  async function begin(
    key: string,
    order: Order,
    make: () => Promise<Attempt<Made>>,
  ): Promise<Attempt<Made>> {
    const attempt = make()
    running.set(key, { order, attempt })
    try {
      const result = await attempt
      if (result.status === 'made') madeByKey.set(key, result.made)
      return result
    } finally {
      running.delete(key)
    }
  }

  return {
    remember(key, made) {
      madeByKey.set(key, made)
    },
    async find(key) {
      const made = madeByKey.get(key)
      if (made !== undefined) return made
      const result = await running.get(key)?.attempt
      return result?.status === 'made' ? result.made : undefined
    },
    async run(key, order, make) {
      const made = madeByKey.get(key)
      if (made !== undefined)
        return isSame(made, order) ? { status: 'repeated', made } : { status: 'key-reused' }
      const other = running.get(key)
      if (other === undefined) return begin(key, order, make)
      if (!isSame(other.order, order)) return { status: 'key-reused' }
      const result = await other.attempt
      return result.status === 'made' ? { status: 'repeated', made: result.made } : result
    },
  }
}
