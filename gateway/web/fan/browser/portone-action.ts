import { openWindow } from './lib/portone.ts'
import { action, offerAction } from './lib/provider-action.ts'

/** Opens PortOne's payment window, which on phones leads to other pages and back to the payment's return page. */

offerAction(() =>
  openWindow(action.parameters, { redirectUrl: action.returnUrl, orderName: action.orderName }),
)
