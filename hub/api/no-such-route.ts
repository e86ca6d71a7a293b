// What is said to a request that no route takes.
import type { Context } from 'hono'
import { methodsOf } from './access.ts'
import { problem } from './problem.ts'

/** 405 with the methods that the path has, 404 when there is no such path. */
export function noSuchRoute(c: Context): Response {
  const { method, path } = c.req
  const methods = methodsOf(path)
  const detail = `${method} ${path.slice(0, 256)} does not exist`
  if (methods.length === 0) return problem(c, 404, 'NO_SUCH_ROUTE', 'no such route', detail)
  c.header('allow', methods.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', '))
  return problem(c, 405, 'NO_SUCH_METHOD', 'not with this method', detail)
}
