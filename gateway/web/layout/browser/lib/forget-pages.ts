/** Tickets are personal: the browser's cached pages are cleared when the session ends. */
export const TICKETS_KEPT = 'naru-tickets'
/** Festivals' pages show which tickets their fan has. */
export const FESTIVALS_KEPT = 'naru-festivals'

/** The name of the cache that contains a page and the files that it uses. */
export function cacheOf(kept: string, path: string): string {
  return `${kept} ${path}`
}

/** The names of the caches of all pages under a prefix. */
export async function keptCaches(kept: string): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(cacheOf(kept, '')))
}

export async function forgetPages(kept: string): Promise<void> {
  await Promise.all((await keptCaches(kept)).map((name) => caches.delete(name)))
}
