/** The style sheet and the script. They are the same for everybody and cached by content. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { SCRIPT } from '../view/script.ts'
import { STYLES } from '../view/styles.ts'

export function assetRoutes() {
  return new Hono()
    .get('/console.css', (context) => asset(context, STYLES, 'text/css; charset=utf-8'))
    .get('/console.js', (context) => asset(context, SCRIPT, 'text/javascript; charset=utf-8'))
}

function asset(context: Context, text: string, type: string): Response {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  const headers = { 'content-type': type, etag, 'cache-control': 'no-cache' }
  if (context.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
  return new Response(text, { headers })
}
