// What people see when something goes wrong: in words, inside the layout, with the request's id for whoever reads the log.
// Nothing of the fault itself is shown; that stands in the log.
import { isDatabaseDown } from '../database/database-down.ts'
import { tablesMissing } from '../database/missing-tables.ts'
import { isErrorKind, messageOf } from '../errors.ts'
import type { Log } from '../sdk/log.ts'
import type { PageContext } from './page-context.ts'
import type { ShowPage } from './show-page.ts'

interface ErrorWords {
  title: string
  why: string
  advice: string
}

const words: Readonly<Record<number, ErrorWords>> = {
  400: {
    title: 'This address cannot be read',
    why: 'Something in it is not valid.',
    advice: 'Go back and choose the link again.',
  },
  403: {
    title: 'You may not do this',
    why: 'Your role does not allow it.',
    advice: 'Ask whoever gives out rights in your application, or go back.',
  },
  404: {
    title: 'There is no such page',
    why: 'It may have been deleted, or the address is mistyped.',
    advice: 'Check the address, or begin at the overview.',
  },
  405: {
    title: 'This address only takes forms',
    why: 'It changes something, so it is not opened as a link.',
    advice: 'Go back and use the button on the page.',
  },
  409: {
    title: 'Somebody was faster',
    why: 'What you wanted to change was being changed at the same moment.',
    advice: 'Go back, look at the present state, and try again.',
  },
  413: {
    title: 'That was too much at once',
    why: 'The form is larger than this page takes.',
    advice: 'Go back and send less.',
  },
  422: {
    title: 'The form could not be used',
    why: 'Something in it is missing or not valid.',
    advice: 'Go back and correct it.',
  },
  500: {
    title: 'Something went wrong here',
    why: 'This is a fault of the program, not yours. Nothing half-done was kept.',
    advice: 'Try again. If it happens again, give the reference below to whoever maintains the program.',
  },
  503: {
    title: 'The database cannot be reached',
    why: 'The pages need it. Nothing is lost meanwhile: what is to be sent is written together with the change itself.',
    advice: 'Wait a moment and load the page again.',
  },
}

const missingTables: ErrorWords = {
  title: 'There are no tables yet',
  why: 'The tables of outbound-sync are missing from the database: the program has not been started completely.',
  advice: 'Whoever runs it calls start() before it answers requests, or runs “outbound-sync migrate” once.',
}

export function errorPages({ show, log }: { show: ShowPage; log: Log }) {
  return async function errorPage(ctx: PageContext, next: () => Promise<unknown>): Promise<void> {
    try {
      await next()
    } catch (error) {
      const status = statusOf(error)
      if (status >= 500) log.error({ error, requestId: ctx.state.requestId, path: ctx.path }, 'A page failed')
      if (ctx.headerSent) throw error
      showError(ctx, {
        show,
        log,
        status,
        words: isTablesMissing(error) ? missingTables : wordsOf(status),
        message: ownMessages.includes(status) ? messageOf(error) : null,
        headers: headersOf(error),
      })
      return
    }
    if (ctx.status >= 400 && !ctx.body) {
      showError(ctx, { show, log, status: ctx.status, words: wordsOf(ctx.status), message: null, headers: {} })
    }
  }
}

// Pages say in these cases what is missing or forbidden; the others' messages are written by packages, for programs.
const ownMessages: readonly number[] = [403, 404, 409, 422]

function showError(
  ctx: PageContext,
  {
    show,
    log,
    status,
    words: { title, why, advice },
    message,
    headers,
  }: {
    show: ShowPage
    log: Log
    status: number
    words: ErrorWords
    message: string | null
    headers: Readonly<Record<string, string>>
  },
): void {
  ctx.set(headers)
  try {
    show(ctx, {
      view: 'errors/show',
      title,
      status,
      data: { status, why: message ?? why, advice, requestReference: ctx.state.requestId },
    })
  } catch (error) {
    // The layout itself is at fault: plain text is what is left.
    log.error({ error, requestId: ctx.state.requestId }, 'The error page failed')
    ctx.status = status
    ctx.type = 'text/plain'
    ctx.body = `${title}. ${message ?? why}\nReference: ${ctx.state.requestId}\n`
  }
}

function wordsOf(status: number): ErrorWords {
  return words[status] ?? words[status < 500 ? 400 : 500] ?? { title: 'Error', why: '', advice: '' }
}

function isTablesMissing(error: unknown): boolean {
  return Reflect.get(Object(error), 'code') === tablesMissing
}

function statusOf(error: unknown): number {
  const status: unknown = Reflect.get(Object(error), 'status')
  const isExposed = Reflect.get(Object(error), 'expose') === true
  if (typeof status === 'number' && (isExposed || status === 503) && status >= 400 && status < 600) return status
  // body parsers and PostgreSQL
  if (isErrorKind(error, 'TransitionError')) return 409
  const code: unknown = Reflect.get(Object(error), 'code')
  if (isDatabaseDown(error) || isTablesMissing(error)) return 503
  if (code === '55P03' || code === '40P01' || code === '40001') return 409
  // A NUL character, which no text column takes.
  if (code === '22021') return 400
  return 500
}

function headersOf(error: unknown): Record<string, string> {
  const headers: unknown = Reflect.get(Object(error), 'headers')
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
