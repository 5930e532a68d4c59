/** Only http and https links are kept: a page shows them. */
export function safeHref(href: string | undefined): string | null {
  return href !== undefined && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : null
}
