// Mailman's REST API as its documentation and 3.3.8 have it, as far as the provider calls it: for the checks that a real
// one would take minutes for.
import type { RemoteModel, RemoteRequest } from '../../../core/testing/index.ts'

export const listId = 'attendees.lists.example.com'

export function createFakeMailman(): RemoteModel {
  const members = new Map<string, string>()
  // Of addresses, which stay when their member leaves.
  const names = new Map<string, string>()
  let lastNumber = 0
  const refused = (status: number, description: string) => ({ status, body: { title: `${status}`, description } })
  const notFound = refused(404, '404 Not Found')

  const subscribe = (form: URLSearchParams, headers: RemoteRequest['headers']) => {
    const email = form.get('subscriber')?.toLowerCase() ?? ''
    if (form.get('list_id') !== listId) return refused(400, 'No such list')
    if (!/^[\x21-\x7e]+@[\x21-\x7e]+$/.test(email)) return refused(400, 'Invalid Parameter "subscriber": .')
    if (form.get('pre_verified') !== 'true' || form.get('pre_approved') !== 'true') return { status: 202, body: {} }
    if ([...members.values()].includes(email)) return refused(409, 'Member already subscribed')
    const id = `member${++lastNumber}`
    members.set(id, email)
    if (!names.has(email)) names.set(email, form.get('display_name') ?? '')
    return { status: 201, headers: { location: `http://${headers.host}/3.1/members/${id}` } }
  }

  return {
    objects: () => Object.fromEntries([...members.values()].map((email) => [email, { name: names.get(email) }])),
    handle({ method, path, query, headers, text }) {
      const form = new URLSearchParams(text)
      const [resource, id = ''] = path.replace('/3.1/', '').split('/').map(decodeURIComponent)
      const email = id.toLowerCase()
      switch (`${method} ${resource}`) {
        case 'GET system':
          return { status: 200, body: { mailman_version: 'GNU Mailman 3.3.8 (Tom Sawyer)' } }
        case 'GET lists':
          if (id !== listId) return notFound
          return { status: 200, body: { fqdn_listname: id.replace('.', '@'), member_count: members.size } }
        case 'GET members': {
          const wanted = query.subscriber?.toLowerCase()
          const found = [...members].filter(([, one]) => one === wanted && query.list_id === listId)
          const entries = found.map(([member_id, one]) => ({ member_id, email: one, list_id: listId }))
          const body = { start: 0, total_size: entries.length, ...(entries.length > 0 ? { entries } : {}) }
          return { status: 200, body }
        }
        case 'POST members':
          return subscribe(form, headers)
        case 'DELETE members':
          return members.delete(id) ? { status: 204 } : notFound
        case 'GET addresses': {
          const name = names.get(email)
          return name === undefined ? notFound : { status: 200, body: { email, ...(name && { display_name: name }) } }
        }
        case 'PATCH addresses':
          if (!names.has(email)) return notFound
          names.set(email, form.get('display_name') ?? '')
          return { status: 204 }
        default:
          return notFound
      }
    },
  }
}
