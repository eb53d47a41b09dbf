import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'
import type { PayingVariables } from './layout/page-context.ts'

/** Pages load only our own files, submit forms only to us, and cannot be framed (W3C CSP 3). */
const CONTENT_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  workerSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}

/**
 * Sends no referrer to other sites, which must not receive the links of e-mails, but sends our own forms' origin to
 * ourselves. With `no-referrer`, browsers without Fetch Metadata would send `Origin: null` with our own forms.
 */
const REFERRER_POLICY = 'same-origin'

/**
 * Only these pages may use the camera, and a WebAssembly decoder where the browser has none (W3C CSP 3, section 6.1.7).
 */
const WITH_CAMERA = /^\/staff(\/|$)/

/** Limits what a page may load and do. */
export function setSecurityHeaders() {
  const headers = secureHeaders({
    referrerPolicy: REFERRER_POLICY,
    contentSecurityPolicy: CONTENT_POLICY,
    permissionsPolicy: { camera: [] },
  })
  const headersWithCamera = secureHeaders({
    referrerPolicy: REFERRER_POLICY,
    contentSecurityPolicy: {
      ...CONTENT_POLICY,
      scriptSrc: [...CONTENT_POLICY.scriptSrc, "'wasm-unsafe-eval'"],
    },
    permissionsPolicy: { camera: ['self'] },
  })
  return createMiddleware<{ Variables: PayingVariables }>(async (c, next) => {
    await (WITH_CAMERA.test(c.req.path) ? headersWithCamera : headers)(c, next)
    allowProvider(c)
  })
}

/** Only a page that pays with a provider's own module says so (`payingWith`), and only that provider is allowed on it. */
function allowProvider(c: Context<{ Variables: PayingVariables }>): void {
  const provider = c.get('payingWith')
  if (provider === undefined) return
  const policy = {
    ...CONTENT_POLICY,
    scriptSrc: [...CONTENT_POLICY.scriptSrc, ...provider.scriptOrigins],
    connectSrc: [...CONTENT_POLICY.connectSrc, ...provider.connectOrigins],
    imgSrc: [...CONTENT_POLICY.imgSrc, ...(provider.imageOrigins ?? [])],
    ...(provider.frameOrigins.length > 0 ? { frameSrc: provider.frameOrigins } : {}),
    formAction: [...CONTENT_POLICY.formAction, ...provider.formOrigins],
  }
  const directives = Object.entries(policy).map(
    ([name, sources]) =>
      `${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${sources.join(' ')}`,
  )
  c.header('content-security-policy', directives.join('; '))
  // The provider's windows tell the page that opened them how they ended.
  c.header('cross-origin-opener-policy', 'same-origin-allow-popups')
}
