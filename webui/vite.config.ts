// Builds the web UI into webui/dist; `npm run dev` serves it with the API of a hub on this machine (ROOST_HUB, default port 8080).
import { defineConfig } from 'vite'

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    // Phones in barns are old ones; nothing below needs more than these.
    target: ['es2021', 'chrome90', 'safari14.1', 'firefox90'],
    // The policy of the page allows no inline script or data address for code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: process.env.ROOST_HUB ?? 'http://127.0.0.1:8080' } } },
})
