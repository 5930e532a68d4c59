// Credentials are sealed in the connection and nowhere else: not in a log line, not in history, not in the ledger, also
// when the remote sends them back in an error page.
import { redactText } from '../http/redact.ts'
import type { CheckContext } from './check-context.ts'
import { pushNew } from './check-pushes.ts'
import { demand } from './demand.ts'
import type { RemoteAnswer, RemoteRequest } from './remote-exchange.ts'
import type { TestInstance } from './test-instance.ts'

// Refusals after which a record needs a person, waits, and makes the connection wait; the last one ends the sending.
const refusals = [422, 500, 401]

export async function checkSecrets(context: CheckContext): Promise<void> {
  const { instance, options } = context
  await pushNew(context)
  for (const status of refusals) {
    context.answerWith((request) => echo(request, status))
    await context.push(context.addRecord())
  }
  context.answerWith(null)
  const texts = [...logTexts(instance), ...(await tableTexts(instance))]
  for (const secret of options.secrets) {
    const leak = texts.find(({ text }) => redactText(text, [secret]) !== text)
    const shown = leak ? redactText(leak.text, options.secrets).slice(0, 400) : ''
    demand(
      !leak,
      `A secret stands in ${leak?.place}: ${shown} ... Keep credentials out of log lines, error messages, links, customs and the free keys of results.`,
    )
  }
}

// As debugging pages do.
function echo({ method, path, query, headers, body }: RemoteRequest, status: number): RemoteAnswer {
  return { status, body: { message: `Refused with ${status}`, request: { method, path, query, headers, body } } }
}

interface Found {
  place: string
  text: string
}

function logTexts({ logLines }: TestInstance): Found[] {
  return logLines.map((text) => ({ place: 'a log line', text }))
}

// Every column of every row: what is text or JSON today may be another type tomorrow.
async function tableTexts({ schema, executeSql }: TestInstance): Promise<Found[]> {
  const { rows: tables } = await executeSql(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p') order by c.relname`,
    [schema],
  )
  const found: Found[] = []
  for (const { name } of tables) {
    const { rows } = await executeSql(`select to_jsonb(t)::text as text from ${schema}."${name}" t`, [])
    for (const { text } of rows) found.push({ place: `a row of the table ${name}`, text: String(text) })
  }
  return found
}
