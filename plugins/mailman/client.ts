// Mailman's REST API (3.1) as typed calls: every answer is parsed here, and what the API says by a status becomes a value.
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  RejectedError,
  SyncConfigError,
  z,
} from '../../core/sdk/index.ts'

export interface Member {
  id: string
  email: string
}

export interface MailmanClient {
  /** Null when nobody with this address is on the list. */
  find(email: string): Promise<Member | null>
  /** `exists` when the address is on the list already; nothing is changed then. */
  subscribe(member: {
    email: string
    displayName: string
    sendsWelcome: boolean
  }): Promise<{ outcome: 'subscribed'; id: string } | { outcome: 'exists' }>
  /**
   * The name that belongs to the address, on all lists. Null for an address with a slash in it, which Mailman takes for a
   * longer path.
   */
  displayName(email: string): Promise<string | null>
  rename(email: string, displayName: string): Promise<void>
  /** False when the member was gone already. */
  unsubscribe(memberId: string): Promise<boolean>
  version(): Promise<string>
  /** Null when there is no such list. */
  list(): Promise<{ name: string; memberCount: number } | null>
}

const memberSchema = z.object({ member_id: z.string().min(1), email: z.string() })
// The key is missing when nobody was found.
const foundSchema = z.object({ total_size: z.int(), entries: z.array(memberSchema).default([]) })
const addressSchema = z.object({ email: z.string(), display_name: z.string().default('') })
const versionSchema = z.object({ mailman_version: z.string() })
const listSchema = z.object({ fqdn_listname: z.string(), member_count: z.int() })
const refusalSchema = z.object({ description: z.string() })

// The administrator of the list has put this connection in charge, so nobody is asked once more.
const settled = { pre_confirmed: 'true', pre_approved: 'true' }

export function createMailmanClient({
  baseUrl,
  listId,
  http,
  signal,
}: {
  /** With the version of the API, without a slash at the end. */
  baseUrl: string
  listId: string
  http: HttpClient
  signal: AbortSignal
}): MailmanClient {
  const send = (request: Omit<HttpRequest, 'url' | 'signal'> & { path: string }): Promise<HttpResponse> => {
    const { path, ...rest } = request
    return http.request({ ...rest, url: `${baseUrl}/${path}`, signal })
  }
  const parse = <Output>(schema: z.ZodType<Output>, response: HttpResponse): Output => {
    const parsed = schema.safeParse(response.json())
    if (parsed.success) return parsed.data
    throw new SyncConfigError(
      `${baseUrl} answered with ${response.status} in a form that is not Mailman's: ${z.prettifyError(parsed.error)}. Check the address in the settings.`,
    )
  }
  const refusal = (response: HttpResponse): string => {
    const parsed = refusalSchema.safeParse(parseJson(response.text))
    return parsed.success ? parsed.data.description : response.excerpt()
  }
  const address = (email: string): string => `addresses/${encodeURIComponent(email)}`

  return Object.freeze({
    async find(email) {
      // Not below the list: an address with a slash cannot stand in a path.
      const query = { list_id: listId, subscriber: email, role: 'member' }
      const [member] = parse(foundSchema, await send({ path: 'members/find', query })).entries
      return member ? { id: member.member_id, email: member.email } : null
    },
    async subscribe({ email, displayName, sendsWelcome }) {
      const response = await send({
        method: 'POST',
        path: 'members',
        form: {
          list_id: listId,
          subscriber: email,
          display_name: displayName,
          pre_verified: 'true',
          ...settled,
          send_welcome_message: String(sendsWelcome),
        },
        expectStatus: [400, 409],
      })
      if (response.status === 409) return { outcome: 'exists' }
      if (response.status === 400) {
        const said = refusal(response)
        if (/No such list/.test(said)) throw noSuchList(baseUrl, listId)
        throw new RejectedError(
          `Mailman does not subscribe ${email} to ${listId}: ${said} Correct the address, or look at the bans of the list.`,
          { problems: [{ property: 'email', message: said }] },
        )
      }
      const id = /\/members\/([^/]+)$/.exec(response.headers.location ?? '')?.[1]
      if (id !== undefined) return { outcome: 'subscribed', id }
      throw new SyncConfigError(
        `${baseUrl} answered with ${response.status} and without the address of the new member, which is not what Mailman does. Check the address in the settings.`,
      )
    },
    async displayName(email) {
      const response = await send({ path: address(email), expectStatus: [404] })
      return response.status === 404 ? null : parse(addressSchema, response).display_name
    },
    async rename(email, displayName) {
      const form = { display_name: displayName }
      await send({ method: 'PATCH', path: address(email), form })
    },
    async unsubscribe(memberId) {
      const path = `members/${encodeURIComponent(memberId)}`
      const response = await send({ method: 'DELETE', path, form: settled, expectStatus: [404] })
      return response.status !== 404
    },
    async version() {
      return parse(versionSchema, await send({ path: 'system/versions' })).mailman_version
    },
    async list() {
      const response = await send({ path: `lists/${encodeURIComponent(listId)}`, expectStatus: [404] })
      if (response.status === 404) return null
      const list = parse(listSchema, response)
      return { name: list.fqdn_listname, memberCount: list.member_count }
    },
  } satisfies MailmanClient)
}

export function noSuchList(baseUrl: string, listId: string): SyncConfigError {
  return new SyncConfigError(
    `Mailman at ${baseUrl} has no list "${listId}". Make it there, or correct the list in the settings.`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
