// Reads a form once: from the request, or from where a host with a body parser of its own has left what it read. A form
// that was read and not handed on is told at once, since nobody would ever send it again.
import type { IncomingMessage } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import { OutboundSyncError } from '../errors.ts'
import type { PageContext } from './page-context.ts'
import { keptText } from './read-body.ts'

export function readForm() {
  const parseUsual = bodyParser({ enableTypes: ['form'], formLimit: '64kb' })
  // The definition of a provider is a form of a thousand fields, and a mapping is pasted as a whole.
  const parseLarge = bodyParser({ enableTypes: ['form'], formLimit: '1mb' })
  return async function form(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    // Better than the fields made of it, whose names some parsers take apart.
    const text = ctx.is('urlencoded') ? keptText(ctx.req) : null
    if (text !== null) {
      ctx.request.rawBody = text
      ctx.request.body = {}
    } else {
      ctx.request.body = handedOnFields(ctx.req)
    }
    const isLarge = /^\/providers(\/|$)|^\/connections\/[^/]+\/mappings\//.test(ctx.state.path)
    // It leaves alone what has a body by now.
    await (isLarge ? parseLarge : parseUsual)(ctx, next)
  }
}

/** Undefined when the form is still to be read. */
function handedOnFields(request: IncomingMessage): object | undefined {
  const { body } = request
  const fields = typeof body === 'object' && body !== null ? body : null
  if (request.readableDidRead || request.readableEnded) {
    if (fields === null && hasBody(request)) throw readByHost()
    return fields ?? {}
  }
  // A parser for other types, such as Express 4's for JSON, leaves an empty object and the form where it was.
  return fields !== null && Object.keys(fields).length > 0 ? fields : undefined
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

function readByHost(): OutboundSyncError {
  return new OutboundSyncError(
    'form_read_by_host',
    'The host has read the form before it called the handler, and kept it. Set `body` of the Node request to the fields it read, or mount the handler before its body parser.',
  )
}
