// The Demo CRM's HTTP server: routes a request to the API or to the pages and turns every refusal into an answer.
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Log, messageOf } from '../../core/sdk/index.ts'
import type { ExecuteSql } from './crm-objects.ts'
import { html } from './html.ts'
import { layout } from './page-layout.ts'
import { Problem } from './problem.ts'
import { drain, readJsonBody } from './request-body.ts'
import { answerApi } from './server-api.ts'
import { answerPage } from './server-pages.ts'

interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

const assetTypes: ReadonlyMap<string, string> = new Map([
  ['page-layout.css', 'text/css; charset=utf-8'],
  ['server-pages.css', 'text/css; charset=utf-8'],
  ['demo-crm.svg', 'image/svg+xml'],
])

/** Not listening yet. */
export function createDemoCrmServer(options: { executeSql: ExecuteSql; instanceId: string; log: Log }): Server {
  const server = createServer((request, response) => {
    answer(options, request)
      .catch((error: unknown) => refusal(options.log, request, error))
      .then((result) => send(request, response, result))
      .catch((error: unknown) => {
        options.log.error({ error: messageOf(error) }, 'The Demo CRM could not send an answer')
        response.destroy()
      })
  })
  // Longer than any client keeps an idle connection, so that a call never meets a closing one.
  server.keepAliveTimeout = 75_000
  return server
}

async function answer(
  { executeSql, instanceId }: { executeSql: ExecuteSql; instanceId: string },
  request: IncomingMessage,
): Promise<Answer> {
  requireLoopbackName(request.headers.host)
  const { path, query } = parseTarget(request.url ?? '/')
  const method = request.method ?? 'GET'
  if (path[0] === 'api') {
    const { status, headers, json } = await answerApi(
      { executeSql, instanceId },
      // HEAD is GET without the body, which send() leaves out.
      { method: method === 'HEAD' ? 'GET' : method, path: path.slice(1), query, readJson: () => readJsonBody(request) },
    )
    if (json === undefined) return { status, headers: { ...headers }, body: '' }
    return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json) }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    throw new Problem(405, 'method_not_allowed', 'Pages can only be read.', { allow: ['GET', 'HEAD'] })
  }
  const [name] = path
  const assetType = name !== undefined && path.length === 1 ? assetTypes.get(name) : undefined
  if (assetType !== undefined) {
    const body = await readFile(new URL(`./${name}`, import.meta.url), 'utf8')
    return { status: 200, headers: { 'content-type': assetType }, body }
  }
  return page(200, await answerPage(executeSql, { path, query }))
}

// A page of another site that points its own name at this address must not read what is kept here.
function requireLoopbackName(host: string | undefined): void {
  if (host === undefined || /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host)) return
  throw new Problem(421, 'wrong_host', 'This server answers to 127.0.0.1 and localhost only.')
}

function parseTarget(target: string): { path: string[]; query: URLSearchParams } {
  try {
    const url = new URL(`http://localhost${target}`)
    const path = url.pathname.split('/').slice(1).map(decodeURIComponent)
    if (path.at(-1) === '') path.pop()
    return { path, query: url.searchParams }
  } catch {
    throw new Problem(400, 'bad_address', 'The address is not well formed.')
  }
}

function refusal(log: Log, request: IncomingMessage, error: unknown): Answer {
  const problem =
    error instanceof Problem ? error : new Problem(500, 'internal', 'The Demo CRM failed. Its log says why.')
  if (problem !== error)
    log.error({ error: messageOf(error), url: request.url }, 'The Demo CRM could not answer a request')
  const { allow } = problem.members
  const headers: Record<string, string> = Array.isArray(allow) ? { allow: allow.join(', ') } : {}
  if (/^\/api(\/|\?|$)/.test(request.url ?? '')) {
    headers['content-type'] = 'application/problem+json'
    return { status: problem.status, headers, body: JSON.stringify(problem.toJson()) }
  }
  const body = html`<p class="lead">${problem.message}</p><p><a href="/">All objects</a></p>`
  const answer = page(problem.status, layout({ title: problem.title, trail: [], body }))
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

function page(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

async function send(request: IncomingMessage, response: ServerResponse, result: Answer): Promise<void> {
  const { status, headers, body } = result
  const isBodyLeft = !request.complete
  response.writeHead(status, {
    ...securityHeaders,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...(isBodyLeft ? { connection: 'close' } : {}),
  })
  if (request.method !== 'HEAD' && body !== '') response.write(body)
  if (isBodyLeft) await drain(request)
  response.end()
}
