import '../../layout/browser/times.ts'
import { cachePage } from '../../layout/browser/lib/cache-page.ts'

/** Makes My page and its orders available without a network once they were opened. */
void cachePage('/tickets-worker.js', location.pathname === '/me' ? '/me' : '/orders/')
