// The frame of every page of the Demo CRM.
import { type Html, html } from './html.ts'

export function layout(page: {
  title: string
  /** The way back to the overview, outermost first. */
  trail: readonly { label: string; href: string }[]
  body: Html
}): string {
  const trail = page.trail.map(({ label, href }) => html`<li><a href="${href}">${label}</a></li>`)
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${page.title} · Demo CRM</title>
  <link rel="stylesheet" href="/page-layout.css">
  <link rel="stylesheet" href="/server-pages.css">
  <link rel="icon" href="/demo-crm.svg" type="image/svg+xml">
</head>
<body>
  <a class="skip" href="#content">Skip to content</a>
  <header><a href="/">Demo CRM</a><span>a remote system to sync to</span></header>
  <main id="content">
    ${trail.length > 0 && html`<nav aria-label="Breadcrumb"><ol class="trail">${trail}</ol></nav>`}
    <h1>${page.title}</h1>
    ${page.body}
  </main>
</body>
</html>
`.text
}
