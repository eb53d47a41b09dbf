import '../../layout/browser/times.ts'
import { keepPage } from '../../layout/browser/lib/keep-page.ts'

/** Makes My page and its orders available without a network once they were opened. */
void keepPage('/tickets-worker.js', location.pathname === '/me' ? '/me' : '/orders/')
