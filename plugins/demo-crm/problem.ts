// A refusal of the server: a status with a sentence, answered as problem JSON (RFC 9457) or as a page.
import { STATUS_CODES } from 'node:http'

export class Problem extends Error {
  readonly status: number
  /** Further members of the problem document; `code` is the one clients tell problems apart by. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, detail: string, members: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.status = status
    this.members = { code, ...members }
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error'
  }

  toJson(): Record<string, unknown> {
    return { type: 'about:blank', title: this.title, status: this.status, detail: this.message, ...this.members }
  }
}
