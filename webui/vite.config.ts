// Builds the web UI into webui/dist; `npm run dev` serves it with the API of a hub on this machine (ROOST_HUB, default port 8080).
import { defineConfig } from 'vite'

/**
 * Screens that are used together come together: thirty small files pack worse than five, and each is a question to the box. What they share
 * with the first screen stays there.
 */
const GROUPS = [
  // What every screen uses: a file of each would be mostly wrapping.
  {
    name: 'shared',
    test: /node_modules\/@?preact|src\/(format\/(?!qr)|text\/(catalogue|reading)|parts\/(Asked|Back|Notice|Only|Page|Tile|context|icons)|models\/(asked|reading\.|houses|charts-place|house-screen|series))/,
  },
  {
    name: 'calls',
    test: /parts\/SaveBar|screens\/(Alarms|CallPlan|Channels|Rules|WeeklyTest)\/|models\/(call-plan|channels|alarm-rules|weekly-test)/,
  },
  { name: 'farm', test: /screens\/(House|Flocks|Report)\/|models\/(flocks|report)/ },
  {
    name: 'settings',
    test: /parts\/Table|screens\/(More|Box|Device|Staff|Audit|Backup|Update|Updates|Maintenance|Diagnostics|AddNode)\/|models\/(staff|audit|backup|update|updates|maintenance|identity|add-node|others)\.ts/,
  },
]

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    // Phones in barns are old ones; nothing below needs more than these.
    target: ['es2021', 'chrome91', 'safari14.1', 'firefox90'],
    // The policy of the page allows no inline script or data address for code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS, includeDependenciesRecursively: false } } },
  },
  server: { proxy: { '/api': { target: process.env.ROOST_HUB ?? 'http://127.0.0.1:8080' } } },
})
