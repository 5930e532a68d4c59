// Puts a credential where the remote looks for it: a header, the query or a cookie. PURE.
import type { CredentialPlace } from '../sdk/auth.ts'
import type { HttpRequest } from '../sdk/http-client.ts'

export function placeCredential(request: HttpRequest, place: Required<CredentialPlace>, credential: string) {
  const { name } = place
  const value = `${place.prefix}${credential}`
  switch (place.in) {
    case 'header':
      return withHeader(request, name, value)
    case 'query':
      return { ...request, query: { ...request.query, [name]: value } }
    case 'cookie': {
      const others = Object.entries(request.headers ?? {}).find(([key]) => key.toLowerCase() === 'cookie')?.[1]
      return withHeader(request, 'cookie', [...(others ? [others] : []), `${name}=${value}`].join('; '))
    }
  }
}

/** In place of whatever the provider put there, in whatever case. */
export function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  const lowerName = name.toLowerCase()
  const others = Object.entries(request.headers ?? {}).filter(([key]) => key.toLowerCase() !== lowerName)
  return { ...request, headers: { ...Object.fromEntries(others), [lowerName]: value } }
}
