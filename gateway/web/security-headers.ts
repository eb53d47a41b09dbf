import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'

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
  return createMiddleware((c, next) => (WITH_CAMERA.test(c.req.path) ? headersWithCamera : headers)(c, next))
}
