// What somebody passed, in words, for the message that refuses it: `undefined`, `a Kysely`, `the function knex`.
export function givenWords(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function'
  if (typeof value !== 'object') return `a ${typeof value}`
  const name: unknown = Reflect.get(Object(value.constructor), 'name')
  // A name of one letter is a minifier's.
  const told = typeof name === 'string' && name.length > 1 ? name : 'object'
  return `${/^[aeiou]/i.test(told) ? 'an' : 'a'} ${told}`
}
