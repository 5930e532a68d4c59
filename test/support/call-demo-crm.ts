// One call of the Demo CRM's API, with its answer read.
export interface ApiAnswer {
  status: number
  type: string | null
  headers: Headers
  body: Record<string, unknown>
}

export async function callDemoCrm({
  origin,
  method,
  path,
  body,
  headers = {},
}: {
  origin: string
  method: string
  path: string
  /** Text is sent as it is, anything else as JSON. */
  body?: unknown
  headers?: Record<string, string>
}): Promise<ApiAnswer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  }
}
