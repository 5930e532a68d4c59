// The words of a field that its schema leaves out: a label made of its name, and the choices of a closed list.

const capitals = /\b(api|html|http|json|sql|ssl|tls|uri|url)\b/g

/** `baseUrl` and `base_url` as a person writes it: "Base URL". */
export function wordsOfName(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase()
    .replaceAll(capitals, (word) => word.toUpperCase())
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** Inside a sentence: "Address" as "address", but "URL" and "API key" as they are. */
export function insideSentence(label: string): string {
  return /^\p{Lu}\p{Ll}/u.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label
}

/** One of several: "Object types" as "Object type". */
export function singular(label: string): string {
  if (/ies$/.test(label)) return label.replace(/ies$/, 'y')
  return /[^s]s$/.test(label) ? label.slice(0, -1) : label
}
