// Bootstrap's dark colours hang on an attribute that a script would set. We have no script, so the same rules are added
// once more for readers whose system asks for dark.

const darkSelector = '[data-bs-theme=dark]'
// One rule of a minified style sheet: what stands between two braces, and its declarations.
const rule = /(?<=^|[{}])([^{}]+)\{([^{}]*)\}/g

/** The style sheet, with each rule of `[data-bs-theme=dark]` repeated for `prefers-color-scheme: dark`. */
export function withSystemDarkMode(css: string): string {
  // The map is not served; the comment would make browsers' tools ask for it.
  const plain = css.replace(/\/\*# sourceMappingURL=.*?\*\/\s*$/, '')
  const dark = [...plain.matchAll(rule)].flatMap(([, selectors = '', declarations = '']) => {
    const kept = selectors.split(',').filter((selector) => selector.trim().startsWith(darkSelector))
    return kept.length > 0 ? [`${kept.map(toSystem).join(',')}{${declarations}}`] : []
  })
  return `${plain}\n@media (prefers-color-scheme:dark){${dark.join('')}}\n`
}

const toSystem = (selector: string): string => selector.trim().replace(darkSelector, ':root')
