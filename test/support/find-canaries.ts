// Looks for planted secrets, plain, encoded and halved, in everything an instance says and stores.
import type pg from 'pg'

/** Secrets by what they are planted as. */
export type Canaries = Readonly<Record<string, string>>

export interface Text {
  /** Where it stands. */
  place: string
  text: string
}

/** What each canary is found as, by the form. */
function formsOf(canary: string): Record<string, string> {
  const half = Math.floor(canary.length / 2)
  return {
    plain: canary,
    'url-encoded': encodeURIComponent(canary),
    'form-encoded': new URLSearchParams([['', canary]]).toString().slice(1),
    'in JSON': JSON.stringify(canary).slice(1, -1),
    'its first half': canary.slice(0, half),
    'its second half': canary.slice(half),
    hex: Buffer.from(canary).toString('hex'),
    ...Object.fromEntries([0, 1, 2].map((shift) => [`base64, shifted by ${shift}`, base64Of(canary, shift)])),
  }
}

// Of a text in which so many other bytes stand before it: what no neighbouring byte changes.
function base64Of(canary: string, shift: number): string {
  const encoded = Buffer.from('x'.repeat(shift) + canary).toString('base64')
  return encoded.replace(/=+$/, '').slice(shift === 0 ? 0 : 4, -4)
}

/** A line for each hit; base64 counts in both alphabets. */
export function findCanaries(canaries: Canaries, texts: readonly Text[]): string[] {
  const wanted = Object.entries(canaries).flatMap(([kind, canary]) =>
    Object.entries(formsOf(canary)).map(([form, text]) => ({ kind, form, text: plainBase64(text) })),
  )
  return texts.flatMap(({ place, text }) => {
    const searched = plainBase64(text)
    return wanted
      .filter((one) => searched.includes(one.text))
      .map(({ kind, form }) => `${kind} (${form}) in ${place}: ${text.slice(0, 300)}`)
  })
}

const plainBase64 = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')

/** Every row of every table of the database, whatever schema it lies in. */
export async function rowTexts(pool: pg.Pool): Promise<Text[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`,
  )
  const texts: Text[] = []
  for (const { name } of tables) {
    const { rows } = await pool.query<{ text: string }>(`select to_jsonb(t)::text as text from ${name} t`)
    texts.push(...rows.map(({ text }) => ({ place: `a row of ${name}`, text })))
  }
  return texts
}

/** Every page that a link leads to, beginning with these; each address once. */
export async function pageTexts(origin: string, begin: readonly string[], maxPages: number): Promise<Text[]> {
  const texts: Text[] = []
  const waiting = [...begin]
  const seen = new Set(waiting)
  for (let path = waiting.shift(); path !== undefined && texts.length < maxPages; path = waiting.shift()) {
    const response = await fetch(origin + path, { redirect: 'manual' })
    const headers = JSON.stringify([...response.headers])
    const text = await response.text()
    texts.push({ place: `the page ${path}`, text: `${response.status} ${headers} ${text}` })
    for (const [, link = ''] of text.matchAll(/(?:href|action)="(\/[^"#]*)/g)) {
      const next = link.replaceAll('&amp;', '&')
      if (seen.has(next) || next.startsWith('/assets/')) continue
      seen.add(next)
      waiting.push(next)
    }
  }
  return texts
}
