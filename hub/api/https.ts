// What is different over HTTPS: the cookie's name, and how long a browser insists on it.
import type { Context, MiddlewareHandler } from 'hono'

/** The port on which a browser that was told to insist looks for HTTPS. */
const HTTPS_PORT = 443
/** A day: whoever turns HTTPS off must not be locked out for long. */
const INSIST_S = 86_400

export interface HttpsSources {
  /** null: the UI is not served over HTTPS. */
  https: {
    /** The CA that phones are to trust. */
    caPem: string
    /** Where HTTPS listens; null until it does. */
    port(): number | null
  } | null
}

export const isHttps = (c: Context): boolean => c.req.url.startsWith('https:')

/**
 * The session's cookie. Over HTTPS it has another name: a browser never lets plain HTTP replace a secure cookie, so with one name nobody
 * could log in over HTTP any more; and `__Host-` keeps everybody else from setting it.
 */
export const sessionCookieOf = (c: Context): string => (isHttps(c) ? '__Host-roost_session' : 'roost_session')

/** Lets browsers that came over HTTPS insist on it, where that is on the port on which they look. */
export const insistOnHttps =
  ({ https }: HttpsSources): MiddlewareHandler =>
  async (c, next) => {
    await next()
    if (isHttps(c) && https?.port() === HTTPS_PORT) c.header('strict-transport-security', `max-age=${INSIST_S}`)
  }
