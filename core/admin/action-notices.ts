// What is said after a button was pressed, also when something else was faster. The panel stands on a page of the host,
// which knows no cookie of ours: there the code of the sentence travels in the address, never the sentence.
import type { Notice } from './notice.ts'

export const actionNotices = {
  sync_queued: { kind: 'success', text: 'It will be sent as soon as possible.' },
  retried: { kind: 'success', text: 'It will be tried again as soon as possible.' },
  canceled: { kind: 'success', text: 'It will not be sent. What was sent before stays as it is.' },
  vanished: { kind: 'info', text: 'There was nothing left to do: it was finished in the meantime.' },
  retry_in_flight: { kind: 'info', text: 'It is being sent right now, so there is no need to ask for it.' },
  retry_submitted: {
    kind: 'info',
    text: 'The remote has accepted it and has still to answer, so it is not sent again now. To send it once more after the answer, choose “Sync now”; to wait no longer, cancel it.',
  },
  cancel_in_flight: { kind: 'info', text: 'It is being sent right now, which is too late to cancel it.' },
} as const satisfies Record<string, Notice>
export type ActionCode = keyof typeof actionNotices

const parameter = 'os_notice'
const anyOrigin = 'http://origin.invalid'

/** The path with the code of a sentence for the panel on it. */
export function withActionCode(path: string, code: ActionCode): string {
  const url = new URL(path, anyOrigin)
  url.searchParams.set(parameter, code)
  return `${url.pathname}${url.search}${url.hash}`
}

/** The sentence that a path asks for, and the path without it. */
export function readActionCode(path: string): { notice: Notice | null; path: string } {
  const url = new URL(path, anyOrigin)
  const code = url.searchParams.get(parameter)
  if (code === null) return { notice: null, path }
  url.searchParams.delete(parameter)
  const notice = isActionCode(code) ? actionNotices[code] : null
  return { notice, path: `${url.pathname}${url.search}${url.hash}` }
}

function isActionCode(code: string): code is ActionCode {
  return Object.hasOwn(actionNotices, code)
}
