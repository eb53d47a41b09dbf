/**
 * An in-memory Cache API with the methods used here (W3C Service Workers, section 5): writes to a deleted cache are
 * lost, and reads return a copy.
 */
export function createMemoryCaches() {
  const all = new Map<string, Cache>()

  function createCache(): Cache {
    const stored = new Map<string, Response>()
    const urlOf = (request: RequestInfo | URL) => new Request(request).url
    const match = async (request: RequestInfo | URL) => stored.get(urlOf(request))?.clone()
    const cache: Pick<Cache, 'match' | 'put' | 'addAll' | 'keys' | 'delete'> = {
      match,
      async put(request, response) {
        const { status, headers } = response
        stored.set(urlOf(request), new Response(await response.arrayBuffer(), { status, headers }))
      },
      async addAll(requests) {
        const responses = await Promise.all([...requests].map((request) => fetch(request)))
        if (responses.some(({ ok }) => !ok)) throw new TypeError('One of them is not there')
        await Promise.all([...requests].map((request, i) => cache.put(request, responses[i] as Response)))
      },
      keys: async () => [...stored.keys()].map((url) => new Request(url)),
      delete: async (request) => stored.delete(urlOf(request)),
    }
    return cache as Cache
  }

  const storage: CacheStorage = {
    async open(name) {
      const cache = all.get(name) ?? createCache()
      all.set(name, cache)
      return cache
    },
    async match(request, { cacheName } = {}) {
      const searched = cacheName === undefined ? [...all.values()] : [all.get(cacheName)]
      for (const cache of searched) {
        const found = await cache?.match(request)
        if (found !== undefined) return found
      }
      return undefined
    },
    keys: async () => [...all.keys()],
    has: async (name) => all.has(name),
    delete: async (name) => all.delete(name),
  }
  return storage
}
